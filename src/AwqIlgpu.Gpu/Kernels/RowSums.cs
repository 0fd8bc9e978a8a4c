using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Sums of four neighbouring values for each of a few rows, all in registers.</summary>
/// <remarks>A loop over an array would put the sums into local memory; types that contain each other are unrolled by the compiler.</remarks>
internal interface IRowSums<TSelf>
    where TSelf : struct
{
    /// <summary>How many rows.</summary>
    int Rows { get; }

    /// <summary>Adds four factors of each row times four values: <c>sum[row] += f.A * v0 + f.B * v1 + f.C * v2 + f.D * v3</c>.</summary>
    /// <param name="factors">Four factors of row r stand at <paramref name="index"/> + r * <paramref name="stride"/>.</param>
    /// <param name="index">Factors of the first row.</param>
    /// <param name="stride">From one row's factors to the next's.</param>
    /// <param name="v0">Values of the first factor.</param>
    /// <param name="v1">Values of the second.</param>
    /// <param name="v2">Values of the third.</param>
    /// <param name="v3">Values of the fourth.</param>
    void Add(ArrayView<Float4> factors, int index, int stride, Float4 v0, Float4 v1, Float4 v2, Float4 v3);

    /// <summary>Adds sums, each of the four values with a scale of its own.</summary>
    void AddScaled(TSelf sums, Float4 scale);

    /// <summary>The sums of one row.</summary>
    Float4 Get(int row);
}

/// <summary>One row.</summary>
internal struct OneRow : IRowSums<OneRow>
{
    private Float4 _sum;

    public readonly int Rows => 1;

    public void Add(ArrayView<Float4> factors, int index, int stride, Float4 v0, Float4 v1, Float4 v2, Float4 v3)
    {
        var f = factors[index];
        var sum = Float4.MultiplyAdd(f.A, v0, _sum);
        sum = Float4.MultiplyAdd(f.B, v1, sum);
        sum = Float4.MultiplyAdd(f.C, v2, sum);
        _sum = Float4.MultiplyAdd(f.D, v3, sum);
    }

    public void AddScaled(OneRow sums, Float4 scale)
    {
        _sum.A += sums._sum.A * scale.A;
        _sum.B += sums._sum.B * scale.B;
        _sum.C += sums._sum.C * scale.C;
        _sum.D += sums._sum.D * scale.D;
    }

    public readonly Float4 Get(int row) => _sum;
}

/// <summary>The rows of two.</summary>
internal struct TwiceRows<T> : IRowSums<TwiceRows<T>>
    where T : struct, IRowSums<T>
{
    public T First;
    public T Second;

    public int Rows => 2 * First.Rows;

    public void Add(ArrayView<Float4> factors, int index, int stride, Float4 v0, Float4 v1, Float4 v2, Float4 v3)
    {
        First.Add(factors, index, stride, v0, v1, v2, v3);
        Second.Add(factors, index + (First.Rows * stride), stride, v0, v1, v2, v3);
    }

    public void AddScaled(TwiceRows<T> sums, Float4 scale)
    {
        First.AddScaled(sums.First, scale);
        Second.AddScaled(sums.Second, scale);
    }

    public Float4 Get(int row) => row < First.Rows ? First.Get(row) : Second.Get(row - First.Rows);
}
