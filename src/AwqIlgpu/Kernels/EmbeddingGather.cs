namespace AwqIlgpu.Kernels;

/// <summary>Copies the rows of the embedding table that a batch's token ids name, as floats times a scale.</summary>
/// <remarks>
/// <para>Math: <c>y[t,i] = scale * table[ids[t],i]</c>.</para>
/// <para>Shapes: table is [vocabulary, hidden], ids is [tokens], y is [tokens, hidden]. Ids are below the vocabulary; the caller has checked.</para>
/// <para>Types: one method per type of the table; the result is exact when the scale is 1.</para>
/// </remarks>
internal static unsafe class EmbeddingGather
{
    /// <summary>From a float table.</summary>
    public static void FromSingle(float* table, int* ids, int tokens, int hidden, float scale, float* y)
    {
        for (int token = 0; token < tokens; token++, y += hidden)
        {
            Elementwise.Scale(table + ((nint)ids[token] * hidden), scale, y, hidden);
        }
    }

    /// <summary>From a table of fp16 bit patterns.</summary>
    public static void FromHalf(ushort* table, int* ids, int tokens, int hidden, float scale, float* y)
    {
        for (int token = 0; token < tokens; token++, y += hidden)
        {
            FloatConversion.HalfToSingle(new ReadOnlySpan<ushort>(table + ((nint)ids[token] * hidden), hidden), new Span<float>(y, hidden));
            ScaleRow(y, scale, hidden);
        }
    }

    /// <summary>From a table of bf16 bit patterns.</summary>
    public static void FromBFloat16(ushort* table, int* ids, int tokens, int hidden, float scale, float* y)
    {
        for (int token = 0; token < tokens; token++, y += hidden)
        {
            FloatConversion.BFloat16ToSingle(new ReadOnlySpan<ushort>(table + ((nint)ids[token] * hidden), hidden), new Span<float>(y, hidden));
            ScaleRow(y, scale, hidden);
        }
    }

    private static void ScaleRow(float* y, float scale, int hidden)
    {
        if (scale != 1)
        {
            Elementwise.Scale(y, scale, y, hidden);
        }
    }
}
