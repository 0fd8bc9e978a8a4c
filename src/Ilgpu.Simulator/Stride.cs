namespace ILGPU;

public interface IStride<TIndex>
    where TIndex : struct, IIntIndex
{
}

public interface IStride1D : IStride<Index1D>
{
    int XStride { get; }
}

public static class Stride1D
{
    /// <summary>Neighbouring elements are neighbours in memory.</summary>
    public readonly struct Dense : IStride1D
    {
        public Index1D StrideExtent => Index1D.One;

        public int XStride => 1;

        public int ComputeElementIndex(Index1D index) => index;

        public long ComputeElementIndex(LongIndex1D index) => index;
    }

    /// <summary>Neighbouring elements are <see cref="XStride"/> elements apart.</summary>
    public readonly struct General(Index1D stride) : IStride1D
    {
        public Index1D StrideExtent { get; } = stride;

        public int XStride => StrideExtent.X;

        public int ComputeElementIndex(Index1D index) => index * XStride;

        public long ComputeElementIndex(LongIndex1D index) => index * (long)XStride;
    }
}
