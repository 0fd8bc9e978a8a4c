namespace AwqIlgpu.Models;

/// <summary>Where each intermediate result of a layer lies: results that are never alive together share memory.</summary>
/// <remarks>Offsets are in floats per token, packed once; so the bytes are exactly linear in the tokens of a step, and monotone.</remarks>
internal sealed class ActivationLayout
{
    // Stages of a layer, in time; a result lives from the stage that writes it to the last that reads it.
    private const int Norm = 0;
    private const int Project = 1;
    private const int Absorb = 2;
    private const int Attend = 3;
    private const int Lift = 4;
    private const int Merge = 5;
    private const int Expand = 6;
    private const int Contract = 7;
    private const int Route = 8;
    private const int Gather = 9;
    private const int ExpandExperts = 10;
    private const int ContractExperts = 11;
    private const int Combine = 12;

    // 16 floats are a cache line; with widths rounded to it every buffer starts on one, whatever the number of tokens.
    private const int Rounding = 16;

    private readonly List<Buffer> _buffers = [];

    public ActivationLayout(DecoderConfig config)
    {
        int hidden = config.HiddenSize;
        var attention = Array.ConvertAll(config.Layers, l => l.Attention);
        var latent = attention.Where(a => a.Latent is not null).ToArray();
        var blocks = config.Layers.Where(l => l.FeedForward is not null).Select(l => l.FeedForward!).ToArray();
        var experts = config.Layers.Where(l => l.Experts is not null).Select(l => l.Experts!).ToArray();
        int copies = Largest(experts, e => e.Rule.ExpertsPerToken);

        Hidden = Add("hidden", hidden, Norm, Combine);
        // Also takes a block's result where that is normalised before it is added.
        Normed = Add("normed", hidden, Norm, experts.Length > 0 ? Gather : Contract);
        Compressed = Add("latent vectors", Largest(latent, a => a.Latent!.QueryRank + a.Latent.KeyDim), Project, Attend);
        Projected = Add("qkv", attention.Max(a => a.ProjectionWidth), Project, Attend);
        Absorbed = Add("latent queries", Largest(latent, a => a.NumHeads * a.KeyDim), Absorb, Attend);
        AttendedLatent = Add("latent attention output", Largest(latent, a => a.NumHeads * a.ValueDim), Attend, Lift);
        Attended = Add("attention output", attention.Max(a => a.NumHeads * a.HeadDim), latent.Length == attention.Length ? Lift : Attend, Merge);
        Expanded = Add("gate and up", Largest(blocks, f => f.ExpandedSize), Expand, Contract);
        OutputGate = Add("output gate", Largest(blocks, f => f.OutputGate is null ? 0 : 1), Expand, Contract);
        RouterLogits = Add("router", Largest(experts, e => e.Experts.Length), Route, Route);
        // The expert, the weight and the place of each copy of a token.
        Routes = Add("routes", 3 * copies, Route, Combine);
        Gathered = Add("expert input", hidden, Gather, ExpandExperts, copies);
        ExpertExpanded = Add("expert gate and up", Largest(experts, e => e.Experts[0].ExpandedSize), ExpandExperts, ContractExperts, copies);
        ExpertOutput = Add("expert output", hidden, ContractExperts, Combine, copies);
    }

    /// <summary>The residual stream.</summary>
    public Buffer Hidden { get; }

    /// <summary>Input of the projections.</summary>
    public Buffer Normed { get; }

    /// <summary>Latent attention: [vector for queries, or nothing | rope key | latent vector].</summary>
    public Buffer Compressed { get; }

    /// <summary>Queries, keys and values side by side.</summary>
    public Buffer Projected { get; }

    /// <summary>Latent attention: queries as they meet the cached keys.</summary>
    public Buffer Absorbed { get; }

    /// <summary>Latent attention: weighted sums of latent vectors.</summary>
    public Buffer AttendedLatent { get; }

    /// <summary>Output of attention, before its projection.</summary>
    public Buffer Attended { get; }

    /// <summary>Gate and up projections side by side.</summary>
    public Buffer Expanded { get; }

    /// <summary>The number whose sigmoid multiplies a block's result.</summary>
    public Buffer OutputGate { get; }

    /// <summary>Logits of the router.</summary>
    public Buffer RouterLogits { get; }

    /// <summary>What the router chose.</summary>
    public Buffer Routes { get; }

    /// <summary>Tokens copied for their experts, sorted by expert.</summary>
    public Buffer Gathered { get; }

    /// <summary>Gate and up projections of the copies.</summary>
    public Buffer ExpertExpanded { get; }

    /// <summary>Results of the copies.</summary>
    public Buffer ExpertOutput { get; }

    /// <summary>Floats for each token of a step.</summary>
    public int FloatsPerToken => _buffers.Max(b => b.End);

    /// <summary>Formula of the bytes, for the plan.</summary>
    public string Formula => $"chunk * 4 * {FloatsPerToken} floats: " + string.Join(", ", _buffers.Where(b => b.End > b.Start).Select(b => $"{b.Name} {b.End - b.Start} at {b.Start}"));

    private static int Largest<T>(T[] items, Func<T, int> width) => items.Select(width).DefaultIfEmpty(0).Max();

    // First fit: the lowest start that overlaps no buffer alive at the same time.
    private Buffer Add(string name, int width, int firstStage, int lastStage, int rowsPerToken = 1)
    {
        int stride = (width + Rounding - 1) / Rounding * Rounding;
        int floats = checked(stride * rowsPerToken);
        var alive = _buffers.Where(b => b.End > b.Start && b.FirstStage <= lastStage && firstStage <= b.LastStage).OrderBy(b => b.Start).ToList();
        int start = 0;
        foreach (var other in alive)
        {
            if (start + floats <= other.Start)
            {
                break;
            }

            start = Math.Max(start, other.End);
        }

        var buffer = new Buffer(name, start, stride, rowsPerToken, firstStage, lastStage);
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>One intermediate result.</summary>
    /// <param name="Name">What it is.</param>
    /// <param name="Start">First float, times the planned tokens.</param>
    /// <param name="Stride">Floats per row.</param>
    /// <param name="RowsPerToken">Rows for each token.</param>
    /// <param name="FirstStage">Stage that writes it.</param>
    /// <param name="LastStage">Last stage that reads it.</param>
    internal sealed record Buffer(string Name, int Start, int Stride, int RowsPerToken, int FirstStage, int LastStage)
    {
        /// <summary>First float after it, times the planned tokens.</summary>
        public int End => checked(Start + (Stride * RowsPerToken));
    }
}
