namespace AwqIlgpu.Quantization;

/// <summary>The heads between a value and an output projection: with grouped KV heads, several query heads read one value channel, so their output channels must share its scale.</summary>
/// <param name="NumHeads">Query heads; the output projection has NumHeads * HeadDim inputs.</param>
/// <param name="NumKvHeads">KV heads, each serving NumHeads / NumKvHeads consecutive query heads.</param>
/// <param name="HeadDim">Channels of a head.</param>
internal readonly record struct KvHeadSharing(int NumHeads, int NumKvHeads, int HeadDim)
{
    /// <summary>Means over the query heads of a KV head.</summary>
    /// <param name="perQueryChannel">[NumHeads * HeadDim].</param>
    /// <returns>[NumKvHeads * HeadDim].</returns>
    public float[] Mean(ReadOnlySpan<float> perQueryChannel)
    {
        RequireLength(perQueryChannel.Length, NumHeads);
        int shared = NumHeads / NumKvHeads;
        var means = new float[NumKvHeads * HeadDim];
        for (int i = 0; i < perQueryChannel.Length; i++)
        {
            means[KvChannel(i)] += perQueryChannel[i] / shared;
        }

        return means;
    }

    /// <summary>Repeats each value channel's number for all the query heads that read it.</summary>
    /// <param name="perKvChannel">[NumKvHeads * HeadDim].</param>
    /// <returns>[NumHeads * HeadDim].</returns>
    public float[] Expand(ReadOnlySpan<float> perKvChannel)
    {
        RequireLength(perKvChannel.Length, NumKvHeads);
        var all = new float[NumHeads * HeadDim];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = perKvChannel[KvChannel(i)];
        }

        return all;
    }

    /// <summary>The one number that all query heads of each value channel have.</summary>
    /// <param name="perQueryChannel">[NumHeads * HeadDim].</param>
    /// <returns>[NumKvHeads * HeadDim].</returns>
    /// <exception cref="ArgumentException">Two query heads that read the same value channel differ.</exception>
    public float[] Shared(ReadOnlySpan<float> perQueryChannel)
    {
        RequireLength(perQueryChannel.Length, NumHeads);
        var shared = new float[NumKvHeads * HeadDim];
        for (int i = perQueryChannel.Length - 1; i >= 0; i--)
        {
            shared[KvChannel(i)] = perQueryChannel[i];
        }

        for (int i = 0; i < perQueryChannel.Length; i++)
        {
            if (perQueryChannel[i] != shared[KvChannel(i)])
            {
                throw new ArgumentException($"Channel {i} has {perQueryChannel[i]}, but another query head that reads the same value channel has {shared[KvChannel(i)]}; they must share one.", nameof(perQueryChannel));
            }
        }

        return shared;
    }

    private int KvChannel(int queryChannel) => (queryChannel / HeadDim / (NumHeads / NumKvHeads) * HeadDim) + (queryChannel % HeadDim);

    private void RequireLength(int length, int heads)
    {
        if (NumKvHeads <= 0 || NumHeads % NumKvHeads != 0 || length != heads * HeadDim)
        {
            throw new ArgumentException($"{length} channels do not fit {NumHeads} query heads and {NumKvHeads} KV heads of {HeadDim} channels.", nameof(length));
        }
    }
}
