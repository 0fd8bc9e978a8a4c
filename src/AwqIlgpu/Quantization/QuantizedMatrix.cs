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

    /// <summary>The weights that the numbers stand for, in float.</summary>
    /// <param name="name">Name of the tensor.</param>
    public WeightMatrix Dequantize(string name)
    {
        var weights = new float[Values.Length];
        ParallelWork.Run(Rows, row =>
        {
            for (int group = 0; group < Groups; group++)
            {
                float scale = (float)BitConverter.UInt16BitsToHalf(Scales[(row * Groups) + group]);
                int zeroPoint = ZeroPoints[(row * Groups) + group];
                int start = (row * Columns) + (group * GroupSize);
                for (int i = start; i < start + GroupSize; i++)
                {
                    weights[i] = (Values[i] - zeroPoint) * scale;
                }
            }
        });
        return new WeightMatrix(name, weights, Rows, Columns);
    }
}
