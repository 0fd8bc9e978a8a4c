namespace AwqIlgpu.Models;

/// <summary>Multi-head latent attention: keys and values are kept as one short vector per token, and queries meet it there.</summary>
/// <remarks>
/// <para>
/// With k_h = [rope key | K_h c] and v_h = V_h c for the latent vector c, q_h.k_h is [rope query | K_h^T q_h].[rope key | c], and the weighted sum of
/// values is V_h times the weighted sum of c. So attention runs with one KV head, keys [rope key | c] and values c, and K and V are applied to queries and results.
/// </para>
/// <para>Heads and keys are [rope part | other part] here; the file has the rope part last.</para>
/// <para>Source: DeepSeek-V2, arXiv:2405.04434.</para>
/// </remarks>
internal sealed record LatentConfig
{
    /// <summary>Width of the latent vector, <c>kv_lora_rank</c>.</summary>
    public required int Rank { get; init; }

    /// <summary>Elements of a head that are rotated, <c>qk_rope_head_dim</c>.</summary>
    public required int RopeDim { get; init; }

    /// <summary>Elements of a head that are not, <c>qk_nope_head_dim</c>.</summary>
    public required int PlainDim { get; init; }

    /// <summary>Width of a value head, <c>v_head_dim</c>.</summary>
    public required int ValueDim { get; init; }

    /// <summary>Projection to the short vector that queries are made from; null where they are made from the hidden state.</summary>
    public LinearConfig? QueryDown { get; init; }

    /// <summary>Norm of that vector.</summary>
    public NormConfig? QueryDownNorm { get; init; }

    /// <summary>Projection to the queries of all heads.</summary>
    public required LinearConfig Query { get; init; }

    /// <summary>Projection to [rope key | latent vector].</summary>
    public required LinearConfig KeyValueDown { get; init; }

    /// <summary>Norm of the latent vector.</summary>
    public required NormConfig KeyValueNorm { get; init; }

    /// <summary>K and V of all heads in one matrix, [heads * (plain + value), rank].</summary>
    public required LinearConfig KeyValueUp { get; init; }

    /// <summary>Width of the vector that queries are made from; 0 for none.</summary>
    public int QueryRank => QueryDown?.OutFeatures ?? 0;

    /// <summary>Width of a key, and of all that is cached of a token.</summary>
    public int KeyDim => RopeDim + Rank;

    /// <summary>Width of a query head as projected.</summary>
    public int QueryDim => RopeDim + PlainDim;
}
