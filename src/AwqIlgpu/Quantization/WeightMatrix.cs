namespace AwqIlgpu.Quantization;

/// <summary>The float weight of a linear layer while it is being quantised.</summary>
/// <param name="Name">Name of the tensor, for error messages.</param>
/// <param name="Values">[rows, columns], row-major.</param>
/// <param name="Rows">Output features.</param>
/// <param name="Columns">Input features.</param>
internal sealed record WeightMatrix(string Name, float[] Values, int Rows, int Columns)
{
    /// <summary>A matrix of the same name and shape with values of its own.</summary>
    public WeightMatrix Copy() => this with { Values = [.. Values] };

    /// <summary>One row, [columns].</summary>
    public Span<float> Row(int row) => Values.AsSpan(row * Columns, Columns);
}
