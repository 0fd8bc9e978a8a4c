using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using ILGPU.Simulation;
using Half = ILGPU.Half;

namespace Ilgpu.Simulator.Tests;

/// <summary>Inline PTX against plain arithmetic; fragments are laid out as the PTX ISA draws them, not as the simulator does.</summary>
public class PtxTests
{
    private const int M = 16;
    private const int N = 8;
    private const int K = 16;

    [Fact]
    public void Mma_M16N8K16HalfFragments_IsMatrixProduct()
    {
        using var device = new Device();
        var (a, b, c) = Matrices(device.Accelerator);
        using var d = device.Accelerator.Allocate1D<float>(M * N);
        device.Accelerator.LoadStreamKernel<ArrayView<Half>, ArrayView<Half>, ArrayView<float>, ArrayView<float>>(MultiplyFragments)(
            (1, 32), a.View, b.View, c.View, d.View);
        Assert.Equal(Product(a.GetAsArray1D(), b.GetAsArray1D(), c.GetAsArray1D()), d.GetAsArray1D());
    }

    [Fact]
    public void LdMatrix_FromSharedTiles_GivesTheFragmentsOfMma()
    {
        using var device = new Device(counting: true);
        var (a, b, c) = Matrices(device.Accelerator);
        using var d = device.Accelerator.Allocate1D<float>(M * N);
        device.Accelerator.LoadStreamKernel<ArrayView<Half>, ArrayView<Half>, ArrayView<float>, ArrayView<float>>(MultiplyByLoadMatrix)(
            (1, 32), a.View, b.View, c.View, d.View);
        Assert.Equal(Product(a.GetAsArray1D(), b.GetAsArray1D(), c.GetAsArray1D()), d.GetAsArray1D());
        Assert.Equal(3, device.Counters.WarpOperations);
    }

    [Fact]
    public void Mma_M16N8K32Bytes_IsExactIntegerProduct()
    {
        const int Depth = 32;
        using var device = new Device();
        var random = new Random(3);
        var a = Enumerable.Range(0, M * Depth).Select(_ => (sbyte)random.Next(-128, 128)).ToArray();
        var b = Enumerable.Range(0, N * Depth).Select(_ => (sbyte)random.Next(-128, 128)).ToArray();
        using var bufferA = device.Accelerator.Allocate1D(a);
        using var bufferB = device.Accelerator.Allocate1D(b);
        using var d = device.Accelerator.Allocate1D<int>(M * N);
        device.Accelerator.LoadStreamKernel<ArrayView<sbyte>, ArrayView<sbyte>, ArrayView<int>>(MultiplyBytes)(
            (1, 32), bufferA.View, bufferB.View, d.View);
        int[] result = d.GetAsArray1D();
        for (int i = 0; i < M * N; i++)
        {
            Assert.Equal(1000 + Enumerable.Range(0, Depth).Sum(k => a[(i / N * Depth) + k] * b[(i % N * Depth) + k]), result[i]);
        }
    }

    [Fact]
    public void CpAsync_TwoGroups_ArriveWhenWaitedFor()
    {
        using var device = new Device();
        using var x = device.Accelerator.Allocate1D(Enumerable.Range(0, 32 * 8).ToArray());
        using var y = device.Accelerator.Allocate1D<int>(32 * 8);
        device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(CopyAsync)((1, 32), x.View, y.View);
        Assert.Equal(x.GetAsArray1D(), y.GetAsArray1D());
    }

    [Theory]
    [InlineData(1, FaultKind.UninitializedShared)]
    [InlineData(2, FaultKind.InvalidOperation)]
    public void CpAsync_WithoutWait_Faults(int mode, FaultKind kind)
    {
        using var device = new Device();
        using var x = device.Accelerator.Allocate1D(Enumerable.Range(0, 32 * 4).ToArray());
        using var y = device.Accelerator.Allocate1D<int>(32);
        var kernel = device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>, int>(CopyAsyncUnfinished);
        Assert.Equal(kind, Assert.Throws<SimulationException>(() => kernel((1, 32), x.View, y.View, mode)).Kind);
    }

    [Theory]
    [InlineData(0x80FF7F01u, 0x02030405u, 100u)]
    [InlineData(0xFFFFFFFFu, 0xFFFFFFFFu, 0u)]
    public void Dp4a_SignedAndUnsigned_SumByteProducts(uint a, uint b, uint c)
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<uint>(2);
        device.Accelerator.LoadStreamKernel<ArrayView<uint>, uint, uint, uint>(DotProducts)((1, 1), y.View, a, b, c);
        long signed = c;
        long mixed = c;
        for (int shift = 0; shift < 32; shift += 8)
        {
            signed += (sbyte)(a >> shift) * (sbyte)(b >> shift);
            mixed += (byte)(a >> shift) * (sbyte)(b >> shift);
        }

        Assert.Equal([unchecked((uint)signed), unchecked((uint)mixed)], y.GetAsArray1D());
    }

    [Fact]
    public void Lop3AndPrmt_KnownSelectors_GiveKnownBits()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<uint>(3);
        device.Accelerator.LoadStreamKernel<ArrayView<uint>>(Bits)((1, 1), y.View);
        Assert.Equal([(0x12345678u & 0x000F000Fu) | 0x64006400u, 0x44332211u, 0x3C004000u], y.GetAsArray1D());
    }

    [Fact]
    public void IsSupported_CudaOnly_IsTrueInKernelAndChoosesTwin()
    {
        foreach (var type in Enum.GetValues<AcceleratorType>())
        {
            using var device = new Device(type);
            using var y = device.Accelerator.Allocate1D<uint>(2);
            device.Accelerator.LoadStreamKernel<ArrayView<uint>>(Twin)((1, 1), y.View);
            Assert.Equal(type == AcceleratorType.Cuda ? 1u : 0u, y.GetAsArray1D()[0]);
        }
    }

    [Fact]
    public void Emit_UnknownInstruction_NamesIt()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<uint>(1);
        var fault = Assert.Throws<SimulationException>(() => device.Accelerator.LoadStreamKernel<ArrayView<uint>>(Unknown)((1, 1), y.View));
        Assert.Contains("brev.b32", fault.Message, StringComparison.Ordinal);
    }

    private static (MemoryBuffer1D<Half, Stride1D.Dense> A, MemoryBuffer1D<Half, Stride1D.Dense> B, MemoryBuffer1D<float, Stride1D.Dense> C)
        Matrices(Accelerator accelerator)
    {
        // Eighths up to 4: every product and sum is exact, so the order of the additions does not matter.
        var random = new Random(1);
        Half Eighth() => (Half)(random.Next(-32, 33) / 8f);
        return (
            accelerator.Allocate1D(Enumerable.Range(0, M * K).Select(_ => Eighth()).ToArray()),
            accelerator.Allocate1D(Enumerable.Range(0, K * N).Select(_ => Eighth()).ToArray()),
            accelerator.Allocate1D(Enumerable.Range(0, M * N).Select(_ => (float)Eighth()).ToArray()));
    }

    private static float[] Product(Half[] a, Half[] b, float[] c) =>
        [.. c.Select((start, i) => start + Enumerable.Range(0, K).Sum(k => (float)a[(i / N * K) + k] * (float)b[(k * N) + (i % N)]))];

    private static uint Pair(Half low, Half high) => Interop.FloatAsInt(low) | ((uint)Interop.FloatAsInt(high) << 16);

    /// <summary>A is [16, 16] by rows, B [16, 8] by rows.</summary>
    private static void MultiplyFragments(ArrayView<Half> a, ArrayView<Half> b, ArrayView<float> c, ArrayView<float> d)
    {
        int group = Warp.LaneIdx >> 2;
        int inGroup = Warp.LaneIdx % 4;
        Input<uint> a0 = Pair(a[(group * K) + (inGroup * 2)], a[(group * K) + (inGroup * 2) + 1]);
        Input<uint> a1 = Pair(a[((group + 8) * K) + (inGroup * 2)], a[((group + 8) * K) + (inGroup * 2) + 1]);
        Input<uint> a2 = Pair(a[(group * K) + (inGroup * 2) + 8], a[(group * K) + (inGroup * 2) + 9]);
        Input<uint> a3 = Pair(a[((group + 8) * K) + (inGroup * 2) + 8], a[((group + 8) * K) + (inGroup * 2) + 9]);
        Input<uint> b0 = Pair(b[(inGroup * 2 * N) + group], b[(((inGroup * 2) + 1) * N) + group]);
        Input<uint> b1 = Pair(b[(((inGroup * 2) + 8) * N) + group], b[(((inGroup * 2) + 9) * N) + group]);
        Multiply(a0, a1, a2, a3, b0, b1, c, d);
    }

    private static void Multiply(
        Input<uint> a0, Input<uint> a1, Input<uint> a2, Input<uint> a3, Input<uint> b0, Input<uint> b1, ArrayView<float> c, ArrayView<float> d)
    {
        int row = Warp.LaneIdx / 4;
        int column = Warp.LaneIdx % 4 * 2;
        Ref<float> d0 = c[(row * N) + column];
        Ref<float> d1 = c[(row * N) + column + 1];
        Ref<float> d2 = c[((row + 8) * N) + column];
        Ref<float> d3 = c[((row + 8) * N) + column + 1];
        CudaAsm.EmitRef(
            "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};",
            ref d0, ref d1, ref d2, ref d3, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1);
        d[(row * N) + column] = d0.Value;
        d[(row * N) + column + 1] = d1.Value;
        d[((row + 8) * N) + column] = d2.Value;
        d[((row + 8) * N) + column + 1] = d3.Value;
    }

    private static void MultiplyByLoadMatrix(ArrayView<Half> a, ArrayView<Half> b, ArrayView<float> c, ArrayView<float> d)
    {
        var tileA = SharedMemory.Allocate<Half>(M * K);
        var tileB = SharedMemory.Allocate<Half>(K * N);
        for (int i = Group.IdxX; i < M * K; i += Group.DimX)
        {
            tileA[i] = a[i];
        }

        for (int i = Group.IdxX; i < K * N; i += Group.DimX)
        {
            tileB[i] = b[i];
        }

        Group.Barrier();

        // Lanes 0-7 name the rows of the upper left 8 x 8 of A, 8-15 lower left, 16-23 upper right, 24-31 lower right.
        int lane = Warp.LaneIdx;
        Input<long> rowA = tileA.SubView((lane % 16 * K) + (lane / 16 * 8)).LoadEffectiveAddressAsPtr().ToInt64();
        Input<long> rowB = tileB.SubView(lane % 16 * N).LoadEffectiveAddressAsPtr().ToInt64();
        Output<uint> a0 = default;
        Output<uint> a1 = default;
        Output<uint> a2 = default;
        Output<uint> a3 = default;
        Output<uint> b0 = default;
        Output<uint> b1 = default;
        CudaAsm.EmitRef(
            "{ .reg .u64 s; cvta.to.shared.u64 s, %4; ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [s]; }",
            ref a0, ref a1, ref a2, ref a3, ref rowA);
        CudaAsm.EmitRef(
            "{ .reg .u64 s; cvta.to.shared.u64 s, %2; ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [s]; }",
            ref b0, ref b1, ref rowB);
        Multiply(a0.Value, a1.Value, a2.Value, a3.Value, b0.Value, b1.Value, c, d);
    }

    /// <summary>A is [16, 32] by rows, B [8, 32], one row for each column of the product.</summary>
    private static void MultiplyBytes(ArrayView<sbyte> a, ArrayView<sbyte> b, ArrayView<int> d)
    {
        int group = Warp.LaneIdx >> 2;
        int inGroup = Warp.LaneIdx % 4;
        var wordsA = a.Cast<uint>();
        var wordsB = b.Cast<uint>();
        Input<uint> a0 = wordsA[(group * 8) + inGroup];
        Input<uint> a1 = wordsA[((group + 8) * 8) + inGroup];
        Input<uint> a2 = wordsA[(group * 8) + inGroup + 4];
        Input<uint> a3 = wordsA[((group + 8) * 8) + inGroup + 4];
        Input<uint> b0 = wordsB[(group * 8) + inGroup];
        Input<uint> b1 = wordsB[(group * 8) + inGroup + 4];
        Input<int> c = 1000;
        Output<int> d0 = default;
        Output<int> d1 = default;
        Output<int> d2 = default;
        Output<int> d3 = default;
        CudaAsm.EmitRef(
            "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%10, %10, %10, %10};",
            ref d0, ref d1, ref d2, ref d3, ref a0, ref a1, ref a2, ref a3, ref b0, ref b1, ref c);
        d[(group * N) + (inGroup * 2)] = d0.Value;
        d[(group * N) + (inGroup * 2) + 1] = d1.Value;
        d[((group + 8) * N) + (inGroup * 2)] = d2.Value;
        d[((group + 8) * N) + (inGroup * 2) + 1] = d3.Value;
    }

    private static void Queue(ArrayView<int> target, ArrayView<int> source)
    {
        Input<long> to = target.LoadEffectiveAddressAsPtr().ToInt64();
        Input<long> from = source.LoadEffectiveAddressAsPtr().ToInt64();
        CudaAsm.EmitRef(
            "{ .reg .u64 s; .reg .u32 t; cvta.to.shared.u64 s, %0; cvt.u32.u64 t, s; cp.async.cg.shared.global [t], [%1], 16; }", ref to, ref from);
        CudaAsm.Emit("cp.async.commit_group;");
    }

    private static void CopyAsync(ArrayView<int> x, ArrayView<int> y)
    {
        var stage = SharedMemory.Allocate<int>(2 * 32 * 4);
        int first = Group.IdxX * 4;
        int second = (32 + Group.IdxX) * 4;
        Queue(stage.SubView(first, 4), x.SubView(first, 4));
        Queue(stage.SubView(second, 4), x.SubView(second, 4));
        CudaAsm.Emit("cp.async.wait_group 1;");
        Group.Barrier();
        int other = (31 - Group.IdxX) * 4;
        for (int i = 0; i < 4; i++)
        {
            y[other + i] = stage[other + i];
        }

        CudaAsm.Emit("cp.async.wait_group 0;");
        for (int i = 0; i < 4; i++)
        {
            y[second + i] = stage[second + i];
        }
    }

    private static void CopyAsyncUnfinished(ArrayView<int> x, ArrayView<int> y, int mode)
    {
        var stage = SharedMemory.Allocate<int>(32 * 4);
        Queue(stage.SubView(Group.IdxX * 4, 4), x.SubView(Group.IdxX * 4, 4));
        if (mode == 1)
        {
            y[Group.IdxX] = stage[Group.IdxX * 4];
        }
    }

    private static void DotProducts(ArrayView<uint> y, uint a, uint b, uint c)
    {
        CudaAsm.Emit("dp4a.s32.s32 %0, %1, %2, %3;", out uint signed, a, b, c);
        CudaAsm.Emit("dp4a.u32.s32 %0, %1, %2, %3;", out uint mixed, a, b, c);
        y[0] = signed;
        y[1] = mixed;
    }

    private static void Bits(ArrayView<uint> y)
    {
        // 0xEA is (a & b) | c: a = 0xF0, b = 0xCC, c = 0xAA.
        CudaAsm.Emit("lop3.b32 %0, %1, %2, %3, 0xEA;", out uint merged, 0x12345678u, 0x000F000Fu, 0x64006400u);
        CudaAsm.Emit("prmt.b32 %0, %1, %2, 0x7531;", out uint picked, 0x22AA11BBu, 0x44CC33DDu);
        CudaAsm.Emit("fma.rn.f16x2 %0, %1, %2, %3;", out uint fused, 0x3C003C00u, 0x38003C00u, 0x38003C00u);
        y[0] = merged;
        y[1] = picked;
        y[2] = fused;
    }

    private static void Twin(ArrayView<uint> y)
    {
        y[0] = 0;
        if (CudaAsm.IsSupported)
        {
            CudaAsm.Emit("mov.u32 %0, 1;", out uint one);
            y[0] = one;
        }
    }

    private static void Unknown(ArrayView<uint> y)
    {
        CudaAsm.Emit("brev.b32 %0, %1;", out uint reversed, 1u);
        y[0] = reversed;
    }
}
