using System.Runtime.CompilerServices;
using ILGPU.Runtime;
using ILGPU.Simulation;

namespace ILGPU;

/// <summary>A range of elements in global, shared or local memory; every index is checked.</summary>
public readonly unsafe struct ArrayView<T> : IContiguousArrayView<T>
    where T : unmanaged
{
    public static readonly int ElementSize = Unsafe.SizeOf<T>();
    public static readonly ArrayView<T> Empty;
    private readonly T* _data;
    private readonly long _length;

    public ArrayView(MemoryBuffer source, long index, long length)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((index + length) * ElementSize, source.LengthInBytes);
        _data = (T*)source.NativePtr + index;
        _length = length;
    }

    internal ArrayView(void* data, long length)
    {
        _data = (T*)data;
        _length = length;
    }

    public bool IsValid => _data != null;

    public LongIndex1D Extent => new(_length);

    public Stride1D.Dense Stride => default;

    public Index1D IntExtent => new(IntLength);

    public long Length => _length;

    public int IntLength => checked((int)_length);

    public long LengthInBytes => _length * ElementSize;

    MemoryBuffer IArrayView.Buffer => Owner;

    int IArrayView.ElementSize => ElementSize;

    long IContiguousArrayView.Index => IndexInBytes / ElementSize;

    long IContiguousArrayView.IndexInBytes => IndexInBytes;

    internal T* Data => _data;

    private MemoryBuffer Owner => GlobalMemory.Find((nint)_data) ??
        throw new InvalidOperationException("The view is not part of a live memory buffer.");

    private long IndexInBytes => (nint)_data - Owner.NativePtr;

    public ref T this[Index1D index] => ref Address(index.X);

    public ref T this[LongIndex1D index] => ref Address(index.X);

    public ref T this[int index] => ref Address(index);

    public ref T this[long index] => ref Address(index);

    public static implicit operator ArrayView1D<T, Stride1D.Dense>(ArrayView<T> view) => new(view, view.Extent, default);

    public static implicit operator ArrayView<T>(ArrayView1D<T, Stride1D.Dense> view) => view.BaseView;

    public ArrayView<T> SubView(long index)
    {
        CheckRange(index, _length - index);
        return new(_data + index, _length - index);
    }

    public ArrayView<T> SubView(int index, int subViewLength) => SubView((long)index, subViewLength);

    public ArrayView<T> SubView(long index, long subViewLength)
    {
        CheckRange(index, subViewLength);
        return new(_data + index, subViewLength);
    }

    public ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged
    {
        int size = Unsafe.SizeOf<TOther>();
        // Outside kernels a view is a number of elements from its buffer's start; within them, an address.
        if (ElementSize % size != 0 && LaneContext.Current is null && GlobalMemory.Find((nint)_data) is { } owner && ((nint)_data - owner.NativePtr) % size != 0)
        {
            LaneContext.ThrowMisplacedCast((nint)_data - owner.NativePtr, size, typeof(TOther));
        }

        return new(_data, LengthInBytes / size);
    }

    ArrayView<byte> IContiguousArrayView.AsRawArrayView() => new(_data, LengthInBytes);

    public override string ToString() => $"ArrayView<{typeof(T).Name}> of {_length} elements";

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref T Address(long index)
    {
        if ((ulong)index >= (ulong)_length)
        {
            LaneContext.ThrowOutOfBounds(index, _length, typeof(T));
        }

        return ref _data[index];
    }

    private void CheckRange(long index, long length)
    {
        if (index < 0 || length < 0 || index > _length - length)
        {
            LaneContext.ThrowSubViewOutOfBounds(index, length, _length, typeof(T));
        }
    }
}
