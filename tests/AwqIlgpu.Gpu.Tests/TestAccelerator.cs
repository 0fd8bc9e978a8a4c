using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Tests;

/// <summary>The device that kernels are tested on, and memory on it that lives as long.</summary>
internal sealed partial class TestAccelerator : IDisposable
{
    // What nothing has written shows as NaN.
    private const byte Unwritten = 0xFF;

    private readonly Context _context;
    private readonly List<MemoryBuffer> _buffers = [];

    public Accelerator Accelerator { get; }

    public AcceleratorStream Stream => Accelerator.DefaultStream;

    /// <summary>Memory with a copy of <paramref name="values"/>, and at least some if there are none.</summary>
    public ArrayView<T> Of<T>(T[] values)
        where T : unmanaged
    {
        var view = New<T>(values.Length);
        view.CopyFromCPU(values);
        return view;
    }

    /// <summary>Memory that was never written.</summary>
    public ArrayView<T> New<T>(long count)
        where T : unmanaged
    {
        var buffer = Accelerator.Allocate1D<T>(Math.Max(count, 1));
        _buffers.Add(buffer);
        buffer.MemSet(Stream, Unwritten, 0, buffer.LengthInBytes);
        return buffer.View.BaseView.SubView(0, count);
    }

    /// <summary>A copy of what <paramref name="view"/> holds once all work is done.</summary>
    public T[] Read<T>(ArrayView<T> view)
        where T : unmanaged
    {
        Accelerator.Synchronize();
        return view.GetAsArray();
    }

    public void Dispose()
    {
        _buffers.ForEach(buffer => buffer.Dispose());
        Accelerator.Dispose();
        _context.Dispose();
    }
}
