using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

public sealed class QuantizedFormatTests
{
    [Fact]
    public void CheckShape_EveryLayoutAndAwkwardShapes_RefusesWhatCannotBePacked()
    {
        var refused = new HashSet<QuantizationFormat>();
        foreach (var format in Enum.GetValues<QuantizationFormat>())
        {
            foreach (int rows in (int[])[12, 24, 64])
            {
                foreach (var (columns, groupSize) in ((int, int)[])[(32, 32), (40, 40), (128, 64), (128, -1), (144, -1), (96, 32)])
                {
                    var layout = new QuantizedFormat(format, groupSize, Symmetric: true, []);
                    string? expected = Refusal(() => layout.Pack(Matrix(rows, columns, groupSize < 0 ? columns : groupSize)));
                    Assert.Equal(expected is null ? null : $"p: {expected}", Refusal(() => layout.CheckShape("p", rows, columns)));
                    if (expected is not null)
                    {
                        refused.Add(format);
                    }
                }
            }
        }

        Assert.Equal([QuantizationFormat.Gemm, QuantizationFormat.Gemv, QuantizationFormat.GemvFast, QuantizationFormat.Marlin], refused.Order());
    }

    private static QuantizedMatrix Matrix(int rows, int columns, int groupSize)
    {
        byte[] zeroPoints = new byte[rows * (columns / groupSize)];
        Array.Fill(zeroPoints, (byte)GroupFit.SymmetricZeroPoint);
        return new QuantizedMatrix(rows, columns, groupSize, new byte[rows * columns], zeroPoints, new ushort[zeroPoints.Length]);
    }

    private static string? Refusal(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (NotSupportedException e)
        {
            return e.Message;
        }
    }
}
