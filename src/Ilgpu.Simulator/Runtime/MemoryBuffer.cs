using System.Runtime.InteropServices;
using ILGPU.Simulation;

namespace ILGPU.Runtime;

/// <summary>Global memory of an accelerator. Its content is undefined until written, as on a GPU.</summary>
public abstract unsafe class MemoryBuffer : AcceleratorObject
{
    // Buffers of a GPU start at a multiple of 256 bytes; less would make alignment checks depend on luck.
    private const nuint Alignment = 256;

    protected MemoryBuffer(Accelerator accelerator, long length, int elementSize)
        : base(accelerator)
    {
        ArgumentNullException.ThrowIfNull(accelerator);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        ElementSize = elementSize;
        LengthInBytes = checked(length * elementSize);
        accelerator.Reserve(LengthInBytes);
        NativePtr = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(LengthInBytes, 1), Alignment);
        if (accelerator.Simulation.Checks)
        {
            NativeMemory.Fill((void*)NativePtr, (nuint)LengthInBytes, 0xFF);
        }

        GlobalMemory.Add(this);
    }

    public nint NativePtr { get; protected set; }

    public long Length { get; }

    public int ElementSize { get; }

    public long LengthInBytes { get; }

    public void MemSet(AcceleratorStream stream, byte value, long targetOffsetInBytes, long length) =>
        new Span<byte>(AsRawArrayView(targetOffsetInBytes, length).Data, checked((int)length)).Fill(value);

    public void CopyTo(AcceleratorStream stream, long sourceOffsetInBytes, in ArrayView<byte> targetView)
    {
        var source = AsRawArrayView(sourceOffsetInBytes, targetView.Length);
        Buffer.MemoryCopy(source.Data, targetView.Data, targetView.Length, targetView.Length);
    }

    public void CopyFrom(AcceleratorStream stream, in ArrayView<byte> sourceView, long targetOffsetInBytes)
    {
        var target = AsRawArrayView(targetOffsetInBytes, sourceView.Length);
        Buffer.MemoryCopy(sourceView.Data, target.Data, sourceView.Length, sourceView.Length);
    }

    public ArrayView<byte> AsRawArrayView() => new((void*)NativePtr, LengthInBytes);

    public ArrayView<byte> AsRawArrayView(long offsetInBytes) => AsRawArrayView().SubView(offsetInBytes);

    public ArrayView<byte> AsRawArrayView(long offsetInBytes, long lengthInBytes) => AsRawArrayView().SubView(offsetInBytes, lengthInBytes);

    public ArrayView<T> AsArrayView<T>(long offset, long length)
        where T : unmanaged => AsRawArrayView().Cast<T>().SubView(offset, length);

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        GlobalMemory.Remove(this);
        Accelerator.Release(LengthInBytes);
        NativeMemory.AlignedFree((void*)NativePtr);
        NativePtr = 0;
    }
}

/// <summary>A buffer seen through a typed view.</summary>
public abstract class MemoryBuffer<TView> : MemoryBuffer, IContiguousArrayView
    where TView : struct, IArrayView
{
    private protected MemoryBuffer(Accelerator accelerator, long length, int elementSize)
        : base(accelerator, length, elementSize)
    {
    }

    public abstract TView View { get; }

    public bool IsValid => NativePtr != 0;

    MemoryBuffer IArrayView.Buffer => this;

    long IContiguousArrayView.Index => 0;

    long IContiguousArrayView.IndexInBytes => 0;

    public static implicit operator TView(MemoryBuffer<TView> buffer) => buffer.View;

    public TView ToArrayView() => View;
}

/// <summary>A one-dimensional buffer.</summary>
public class MemoryBuffer1D<T, TStride> : MemoryBuffer<ArrayView1D<T, TStride>>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    private readonly TStride _stride;

    internal MemoryBuffer1D(Accelerator accelerator, long length, TStride stride)
        : base(accelerator, length, ArrayView<T>.ElementSize) => _stride = stride;

    public override ArrayView1D<T, TStride> View => new(AsContiguous(), new LongIndex1D(Length), _stride);

    public LongIndex1D Extent => View.Extent;

    public Index1D IntExtent => View.IntExtent;

    public static explicit operator ArrayView<T>(MemoryBuffer1D<T, TStride> buffer) => buffer.AsContiguous();

    public ArrayView<T> AsContiguous() => AsRawArrayView().Cast<T>();
}

internal sealed class RawMemoryBuffer(Accelerator accelerator, long length, int elementSize) : MemoryBuffer(accelerator, length, elementSize)
{
}
