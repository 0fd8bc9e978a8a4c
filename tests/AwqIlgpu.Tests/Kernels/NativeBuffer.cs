using System.Runtime.InteropServices;

namespace AwqIlgpu.Tests.Kernels;

/// <summary>64-byte aligned memory outside the managed heap, filled with a pattern that shows a read of what nobody wrote: as float it is NaN.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    public NativeBuffer(long byteCount)
    {
        ByteCount = byteCount;
        Pointer = (byte*)NativeMemory.AlignedAlloc((nuint)byteCount + 64, 64);
        new Span<byte>(Pointer, checked((int)byteCount + 64)).Fill(0xFF);
    }

    public byte* Pointer { get; private set; }

    public long ByteCount { get; }

    public static NativeBuffer Of(ReadOnlySpan<float> values)
    {
        var buffer = new NativeBuffer(values.Length * sizeof(float));
        values.CopyTo(buffer.Floats);
        return buffer;
    }

    public float* FloatPointer => (float*)Pointer;

    public Span<byte> Bytes => new(Pointer, checked((int)ByteCount));

    public Span<float> Floats => new(Pointer, checked((int)(ByteCount / sizeof(float))));

    /// <summary>Whether the bytes beyond the end are as they were.</summary>
    public bool IsEndUntouched => !new ReadOnlySpan<byte>(Pointer + ByteCount, 64).ContainsAnyExcept((byte)0xFF);

    public void Dispose()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
