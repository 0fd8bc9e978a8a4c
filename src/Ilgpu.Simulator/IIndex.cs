namespace ILGPU;

public enum IndexType
{
    None = 0,
    Index1D = 1,
    Index2D = 2,
    Index3D = 3,
    LongIndex1D = 4,
    LongIndex2D = 5,
    LongIndex3D = 6,
    KernelConfig = 7,
}

public interface IIndex
{
    long Size { get; }
}

public interface IIntIndex : IIndex
{
    new int Size { get; }
}

public interface IIntrinsicIndex : IIndex
{
    IndexType IndexType { get; }
}

public interface IGenericIndex<TIndex> : IIndex, IEquatable<TIndex>
    where TIndex : struct, IIndex
{
    bool InBounds(TIndex dimension);

    bool InBoundsInclusive(TIndex dimension);

    TIndex Add(TIndex rhs);

    TIndex Subtract(TIndex rhs);
}

public interface IIntIndex<TIndex, TLongIndex> : IIntIndex, IGenericIndex<TIndex>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
{
    TLongIndex ToLongIndex();
}

public interface ILongIndex<TLongIndex, TIndex> : IGenericIndex<TLongIndex>
    where TLongIndex : struct, ILongIndex<TLongIndex, TIndex>
    where TIndex : struct, IIntIndex<TIndex, TLongIndex>
{
    TIndex ToIntIndex();
}
