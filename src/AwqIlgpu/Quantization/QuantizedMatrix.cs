namespace AwqIlgpu.Quantization;

/// <summary>A linear layer in int4 as every packed layout stores it: w = (value - zero point) * scale.</summary>
/// <param name="Rows">Output features, N.</param>
/// <param name="Columns">Input features, K.</param>
/// <param name="GroupSize">Input features per scale; divides K.</param>
/// <param name="Values">0..15, [N, K].</param>
/// <param name="ZeroPoints">0..15, [N, G]; 8 throughout where symmetric.</param>
/// <param name="Scales">fp16 bits, [N, G].</param>
internal sealed record QuantizedMatrix(int Rows, int Columns, int GroupSize, byte[] Values, byte[] ZeroPoints, ushort[] Scales)
{
    /// <summary>Groups per row, G.</summary>
    public int Groups => Columns / GroupSize;
}
