using AwqIlgpu.Gpu.Kernels;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>What a device reaches at its best, measured by kernels that do nothing else.</summary>
/// <param name="BytesPerSecond">Bytes read and written by a copy that no cache holds.</param>
/// <param name="FloatOperationsPerSecond">Multiplications and additions in float.</param>
/// <param name="TensorOperationsPerSecond">Those of fp16 on tensor cores with sums in float; null without them.</param>
internal sealed record Peaks(double BytesPerSecond, double FloatOperationsPerSecond, double? TensorOperationsPerSecond)
{
    private const int Threads = 256;
    private const int GroupsPerMultiprocessor = 8;
    private const int Steps = 4096;

    // Four words of four floats, each multiplied and added to.
    private const int FloatOperationsPerStep = 4 * 4 * 2;

    // Four products of 16 x 8 x 16 by a warp.
    private const int TensorOperationsPerStep = 4 * 16 * 8 * 16 * 2;

    private const string MultiplyAdd = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};";

    /// <summary>The greatest number of operations that any unit of the device does.</summary>
    public double OperationsPerSecond => Math.Max(FloatOperationsPerSecond, TensorOperationsPerSecond ?? 0);

    /// <summary>Seconds that no kernel can be below.</summary>
    public double Roofline(Work work) => Math.Max(work.Bytes / BytesPerSecond, work.Operations / OperationsPerSecond);

    public static Peaks Measure(Accelerator accelerator, LaunchTimer timer, bool smoke)
    {
        using var memory = new DeviceMemory(accelerator, smoke);
        var stream = accelerator.DefaultStream;
        int groups = smoke ? 1 : accelerator.NumMultiprocessors * GroupsPerMultiprocessor;
        int steps = smoke ? 2 : Steps;
        long words = smoke ? Threads : (512L << 20) / 16;
        var from = memory.Of<Words4>(words);
        var to = memory.Of<Words4>(words);
        var copy = accelerator.LoadKernel<ArrayView<Words4>, ArrayView<Words4>>(Copy);
        double bytes = 2.0 * words * 16 / timer.Seconds(_ => copy(stream, new KernelConfig((int)(words / Threads), Threads), from, to));
        var sums = memory.Of<float>((long)groups * Threads);
        var floats = accelerator.LoadKernel<ArrayView<float>, int>(MultiplyFloats);
        double perSecond = (double)groups * Threads * steps * FloatOperationsPerStep / timer.Seconds(_ => floats(stream, new KernelConfig(groups, Threads), sums, steps));
        if (!TensorGemmKernel.IsSupported(accelerator))
        {
            return new Peaks(bytes, perSecond, null);
        }

        var tensors = accelerator.LoadKernel<ArrayView<float>, int>(MultiplyTensors);
        double tensor = (double)groups * (Threads / 32) * steps * TensorOperationsPerStep / timer.Seconds(_ => tensors(stream, new KernelConfig(groups, Threads), sums, steps));
        return new Peaks(bytes, perSecond, tensor);
    }

    private static void Copy(ArrayView<Words4> from, ArrayView<Words4> to)
    {
        long i = ((long)Grid.IdxX * Threads) + Group.IdxX;
        to[i] = from[i];
    }

    private static void MultiplyFloats(ArrayView<float> sums, int steps)
    {
        int i = (Grid.IdxX * Threads) + Group.IdxX;
        float factor = sums[i] * 0.5f;
        var value = new Float4(factor, factor + 1, factor + 2, factor + 3);
        var (a, b, c, d) = (value, value, value, value);
        for (int step = 0; step < steps; step++)
        {
            a = Float4.MultiplyAdd(factor, a, value);
            b = Float4.MultiplyAdd(factor, b, value);
            c = Float4.MultiplyAdd(factor, c, value);
            d = Float4.MultiplyAdd(factor, d, value);
        }

        // What nothing reads would not be computed.
        sums[i] = a.A + a.B + a.C + a.D + b.A + b.B + b.C + b.D + c.A + c.B + c.C + c.D + d.A + d.B + d.C + d.D;
    }

    private static void MultiplyTensors(ArrayView<float> sums, int steps)
    {
        int i = (Grid.IdxX * Threads) + Group.IdxX;
        uint word = (uint)i;
        Ref<float> a0 = 0f, a1 = 0f, a2 = 0f, a3 = 0f;
        Ref<float> b0 = 0f, b1 = 0f, b2 = 0f, b3 = 0f;
        Ref<float> c0 = 0f, c1 = 0f, c2 = 0f, c3 = 0f;
        Ref<float> d0 = 0f, d1 = 0f, d2 = 0f, d3 = 0f;
        Input<uint> t0 = word, t1 = word, t2 = word, t3 = word, r0 = word, r1 = word;
        for (int step = 0; step < steps; step++)
        {
            CudaAsm.EmitRef(MultiplyAdd, ref a0, ref a1, ref a2, ref a3, ref t0, ref t1, ref t2, ref t3, ref r0, ref r1);
            CudaAsm.EmitRef(MultiplyAdd, ref b0, ref b1, ref b2, ref b3, ref t0, ref t1, ref t2, ref t3, ref r0, ref r1);
            CudaAsm.EmitRef(MultiplyAdd, ref c0, ref c1, ref c2, ref c3, ref t0, ref t1, ref t2, ref t3, ref r0, ref r1);
            CudaAsm.EmitRef(MultiplyAdd, ref d0, ref d1, ref d2, ref d3, ref t0, ref t1, ref t2, ref t3, ref r0, ref r1);
        }

        sums[i] = a0.Value + a1.Value + a2.Value + a3.Value + b0.Value + b1.Value + b2.Value + b3.Value
            + c0.Value + c1.Value + c2.Value + c3.Value + d0.Value + d1.Value + d2.Value + d3.Value;
    }
}
