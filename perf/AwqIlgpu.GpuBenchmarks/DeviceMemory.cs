using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>Memory of a device with numbers in it, freed together.</summary>
internal sealed class DeviceMemory(Accelerator accelerator, bool smoke) : IDisposable
{
    // More than the last cache of any GPU, several times over.
    private const long BeyondCaches = 512L << 20;

    private const int PatternBytes = 1 << 20;

    // Views start at multiples of what the widest load needs, and of a memory sector.
    private const long Alignment = 256;

    // Without the highest bit of the exponent, any bits are a finite number of a magnitude below 2, in each of the float types.
    private const ushort BelowTwo = 0xBFFF;

    private static readonly byte[] s_pattern = Pattern();

    private readonly List<MemoryBuffer> _buffers = [];

    /// <summary>Memory that kernels write to, or read numbers from; floats in it are below 2.</summary>
    public ArrayView<T> Of<T>(long count)
        where T : unmanaged
    {
        long bytes = Math.Max(count, 1) * Unsafe.SizeOf<T>();
        var buffer = accelerator.Allocate1D<byte>(Align(bytes));
        _buffers.Add(buffer);
        for (long start = 0; start < buffer.Length; start += PatternBytes)
        {
            long length = Math.Min(PatternBytes, buffer.Length - start);
            buffer.View.SubView(start, length).CopyFromCPU(accelerator.DefaultStream, ref s_pattern[0], length);
        }

        accelerator.DefaultStream.Synchronize();
        return buffer.View.BaseView.SubView(0, bytes).Cast<T>();
    }

    /// <summary>Memory with these numbers.</summary>
    public ArrayView<int> Of(int[] values)
    {
        var view = Of<int>(values.Length);
        view.CopyFromCPU(values);
        return view;
    }

    /// <summary>As many copies of an input as no cache holds, so that each launch reads memory; one in a smoke test.</summary>
    public ArrayView<byte>[] Copies(long bytes)
    {
        long stride = Align(bytes);
        long count = smoke ? 1 : Math.Max(1, (BeyondCaches + stride - 1) / stride);
        var all = Of<byte>(count * stride);
        return [.. Enumerable.Range(0, (int)count).Select(i => all.SubView(i * stride, bytes))];
    }

    public void Dispose() => _buffers.ForEach(buffer => buffer.Dispose());

    private static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static byte[] Pattern()
    {
        byte[] bytes = new byte[PatternBytes];
        new Random(1).NextBytes(bytes);
        foreach (ref ushort word in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ushort>(bytes.AsSpan()))
        {
            word &= BelowTwo;
        }

        return bytes;
    }
}
