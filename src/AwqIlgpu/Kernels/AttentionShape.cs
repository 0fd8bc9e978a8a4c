namespace AwqIlgpu.Kernels;

/// <summary>What an attention layer computes, whatever the batch.</summary>
/// <param name="Heads">Query heads; a multiple of <paramref name="KvHeads"/>. Head h reads KV head h / (Heads / KvHeads).</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDimK">Elements of a query or key head.</param>
/// <param name="HeadDimV">Elements of a value head.</param>
/// <param name="Scale">Factor on the product of query and key; positive.</param>
internal readonly record struct AttentionShape(int Heads, int KvHeads, int HeadDimK, int HeadDimV, float Scale)
{
    /// <summary>Scaled scores s become cap * tanh(s / cap); 0 for none.</summary>
    public float Softcap { get; init; }

    /// <summary>A query at position p sees keys with p - key below this; 0 for all.</summary>
    public int Window { get; init; }

    /// <summary>Whether a query sees only keys up to its own position.</summary>
    public bool Causal { get; init; } = true;

    /// <summary>Query heads that share a KV head.</summary>
    public int Group => Heads / KvHeads;
}
