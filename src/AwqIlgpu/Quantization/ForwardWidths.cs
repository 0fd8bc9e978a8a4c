using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>Floats that <see cref="LayerForward"/> holds for each token of a sequence, by buffer: what the widest layer needs.</summary>
internal sealed class ForwardWidths
{
    /// <summary>Finds the widths of a decoder.</summary>
    public ForwardWidths(DecoderConfig config)
    {
        var layers = config.Layers;
        FeedForwardConfig[] blocks = [.. layers.SelectMany(l => (FeedForwardConfig?[])[l.FeedForward, l.Experts?.Experts[0]]).OfType<FeedForwardConfig>()];
        int latent(Func<AttentionConfig, LatentConfig, int> width) => layers.Max(l => l.Attention.Latent is { } a ? width(l.Attention, a) : 0);
        Projected = layers.Max(l => l.Attention.ProjectionWidth);
        LatentQuery = latent((_, l) => l.QueryRank);
        LatentKey = latent((_, l) => l.KeyDim);
        Latent = latent((_, l) => l.Rank);
        KeyValue = latent((a, l) => a.NumHeads * (l.PlainDim + l.ValueDim));
        Keys = latent((a, l) => a.NumHeads * l.QueryDim);
        Values = latent((a, l) => a.NumHeads * l.ValueDim);
        Expanded = blocks.Max(f => f.ExpandedSize);
        Inner = Math.Max(layers.Max(l => l.Attention.Output.InFeatures), blocks.Max(f => f.IntermediateSize));
        Router = layers.Max(l => l.Experts?.Experts.Length ?? 0);
        Gathered = Router > 0 ? config.HiddenSize : 0;
        Rotations = Array.ConvertAll(config.Ropes, rope => Math.Max(1, rope.RotaryDim / 2));
        KvBytes = layers.Max(l => LayerForward.Layout(l.Attention).ByteCount);
        WorkspaceBytes = layers.Max(l => PagedAttention.WorkspaceBytes(LayerForward.Layout(l.Attention)));
    }

    /// <summary>Queries, keys and values; of latent attention the queries.</summary>
    public int Projected { get; }

    /// <summary>The vector that queries are made from.</summary>
    public int LatentQuery { get; }

    /// <summary>Rope key and latent vector.</summary>
    public int LatentKey { get; }

    /// <summary>The latent vector, normed.</summary>
    public int Latent { get; }

    /// <summary>What the latent vector expands to.</summary>
    public int KeyValue { get; }

    /// <summary>Keys of all heads.</summary>
    public int Keys { get; }

    /// <summary>Values of all heads.</summary>
    public int Values { get; }

    /// <summary>Gate and up projections.</summary>
    public int Expanded { get; }

    /// <summary>What goes into an output or a down projection.</summary>
    public int Inner { get; }

    /// <summary>Logits of the router; 0 without experts.</summary>
    public int Router { get; }

    /// <summary>Input, and output, of one expert; 0 without experts.</summary>
    public int Gathered { get; }

    /// <summary>Cosines, and sines, of each rotation.</summary>
    public int[] Rotations { get; }

    /// <summary>Bytes of one KV block.</summary>
    public long KvBytes { get; }

    /// <summary>Bytes of attention's workspace of one thread.</summary>
    public long WorkspaceBytes { get; }

    /// <summary>Bytes of all buffers.</summary>
    public long Bytes(int tokens, int threads)
    {
        long floats = Projected + LatentQuery + LatentKey + Latent + KeyValue + Keys + Values + Expanded + Inner + Router + (2L * Gathered) + (2L * Rotations.Sum()) + 1;
        return (tokens * floats * sizeof(float)) + (Blocks(tokens) * KvBytes) + (threads * WorkspaceBytes);
    }

    /// <summary>KV blocks of a sequence.</summary>
    public static int Blocks(int tokens) => (tokens + KvBlockLayout.BlockSize - 1) / KvBlockLayout.BlockSize;
}
