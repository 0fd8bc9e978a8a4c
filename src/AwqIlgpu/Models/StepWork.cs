namespace AwqIlgpu.Models;

/// <summary>What a step of a decoder multiplies and reads, for predicting its speed.</summary>
internal sealed class StepWork
{
    private long _sharedBytes;
    private readonly List<(int Experts, int PerToken, long Bytes)> _mixtures = [];

    /// <param name="weights">The model, described.</param>
    public StepWork(DecoderWeights weights)
    {
        foreach (var layer in weights.Layers)
        {
            if (layer.Attention.Latent is { } latent)
            {
                Add(latent.QueryToLatent);
                Add(latent.LatentToValue);
            }

            if (layer.Experts is { } mixture)
            {
                int perToken = mixture.Config.Rule.ExpertsPerToken;
                var expert = Linears(mixture.Experts[0]).ToList();
                ProductsPerToken += perToken * expert.Sum(Products);
                _mixtures.Add((mixture.Experts.Length, perToken, expert.Sum(l => l.ByteCount)));
            }
        }

        var experts = weights.Layers.Where(l => l.Experts is not null).SelectMany(l => l.Experts!.Experts).SelectMany(Linears).ToHashSet();
        // Of the embeddings a step reads a few rows, unless they are the head too.
        foreach (var linear in weights.AllLinears.Where(l => (l != weights.Embedding || weights.Config.TieWordEmbeddings) && !experts.Contains(l)))
        {
            ProductsPerToken += Products(linear);
            _sharedBytes += linear.ByteCount;
        }

        void Add(HeadMatrices matrices)
        {
            ProductsPerToken += (long)matrices.Heads * matrices.OutFeatures * matrices.InFeatures;
            _sharedBytes += matrices.Heads * matrices.HeadBytes;
        }
    }

    /// <summary>Multiplications of weights for one token.</summary>
    public long ProductsPerToken { get; private set; }

    /// <summary>Bytes of weights that a step reads: of a mixture the experts that its tokens are expected to choose, each expert being as likely as the others.</summary>
    /// <param name="tokens">Tokens of the step.</param>
    public double Bytes(int tokens) =>
        _sharedBytes + _mixtures.Sum(m => m.Experts * (1 - Math.Pow(1 - ((double)m.PerToken / m.Experts), tokens)) * m.Bytes);

    private static IEnumerable<LinearWeights> Linears(FeedForwardWeights block) => [.. block.GateUp, .. block.Down];

    private static long Products(LinearWeights linear) => (long)linear.Info.OutFeatures * linear.Info.InFeatures;
}
