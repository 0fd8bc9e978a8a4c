using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Devices;

/// <summary>Host memory in which weights are made before they go to the device.</summary>
internal sealed unsafe class HostStaging : IDisposable
{
    private const nuint Alignment = 64;

    private readonly Dictionary<long, Window> _windows = [];

    /// <summary>Memory for <paramref name="count"/> bytes of the arena from <paramref name="offset"/> on; the same as before where it was asked for since the last upload.</summary>
    public byte* At(long offset, long count)
    {
        if (_windows.TryGetValue(offset, out var window) && window.Bytes >= count)
        {
            return window.Start;
        }

        if (window.Start != null)
        {
            NativeMemory.AlignedFree(window.Start);
        }

        window = new Window((byte*)NativeMemory.AlignedAlloc((nuint)count, Alignment), count);
        // What the writer leaves out, padding, must be the same in every run.
        NativeMemory.Clear(window.Start, (nuint)count);
        _windows[offset] = window;
        return window.Start;
    }

    /// <summary>Copies everything to its place in <paramref name="arena"/> and frees it.</summary>
    public void Upload(AcceleratorStream stream, ArrayView1D<byte, Stride1D.Dense> arena)
    {
        foreach (var (offset, window) in _windows)
        {
            arena.SubView(offset, window.Bytes).CopyFromCPU(stream, ref Unsafe.AsRef<byte>(window.Start), window.Bytes);
        }

        // The copies read host memory until they are done.
        stream.Synchronize();
        Dispose();
    }

    /// <summary>Frees everything.</summary>
    public void Dispose()
    {
        foreach (var window in _windows.Values)
        {
            NativeMemory.AlignedFree(window.Start);
        }

        _windows.Clear();
    }

    private readonly struct Window(byte* start, long bytes)
    {
        public readonly byte* Start = start;
        public readonly long Bytes = bytes;
    }
}
