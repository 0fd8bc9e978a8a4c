namespace ILGPU.Runtime;

/// <summary>A one-dimensional view with a stride.</summary>
public readonly struct ArrayView1D<T, TStride> : IArrayView<T>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    public static readonly int ElementSize = ArrayView<T>.ElementSize;
    public static readonly ArrayView1D<T, TStride> Empty;

    public ArrayView1D(ArrayView<T> baseView, LongIndex1D extent, TStride stride)
    {
        BaseView = baseView;
        Extent = extent;
        Stride = stride;
    }

    public ArrayView<T> BaseView { get; }

    public LongIndex1D Extent { get; }

    public Index1D IntExtent => Extent.ToIntIndex();

    public TStride Stride { get; }

    public bool IsValid => BaseView.IsValid;

    public long Length => Extent.Size;

    public int IntLength => checked((int)Length);

    public long LengthInBytes => Length * ElementSize;

    MemoryBuffer IArrayView.Buffer => ((IArrayView)BaseView).Buffer;

    int IArrayView.ElementSize => ElementSize;

    public ref T this[Index1D index] => ref BaseView[(long)index.X * Stride.XStride];

    public ref T this[LongIndex1D index] => ref BaseView[index.X * Stride.XStride];

    public ArrayView1D<T, TStride> SubView(Index1D index, Index1D extent) => SubView(index.ToLongIndex(), extent.ToLongIndex());

    public ArrayView1D<T, TStride> SubView(LongIndex1D index, LongIndex1D extent) =>
        new(BaseView.SubView(index.X * Stride.XStride, extent.X == 0 ? 0 : ((extent.X - 1) * Stride.XStride) + 1), extent, Stride);

    public ArrayView<T> AsContiguous() => BaseView;

    public ArrayView1D<T, Stride1D.General> AsGeneral() => new(BaseView, Extent, new Stride1D.General(Stride.XStride));

    public override string ToString() => $"ArrayView1D<{typeof(T).Name}> of {Length} elements";
}
