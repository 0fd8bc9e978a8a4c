namespace AwqIlgpu.Models;

/// <summary>Where each intermediate result of a layer lies: results that are never alive together share memory.</summary>
/// <remarks>Offsets are in floats per token, packed once; so the bytes are exactly linear in the tokens of a step, and monotone.</remarks>
internal sealed class ActivationLayout
{
    // Stages of a layer, in time; a result lives from the stage that writes it to the last that reads it.
    private const int Norm = 0;
    private const int Project = 1;
    private const int Attend = 2;
    private const int Merge = 3;
    private const int Expand = 4;
    private const int Contract = 5;

    // 16 floats are a cache line; with widths rounded to it every buffer starts on one, whatever the number of tokens.
    private const int Rounding = 16;

    private readonly List<Buffer> _buffers = [];

    public ActivationLayout(DecoderConfig config)
    {
        Hidden = Add("hidden", config.HiddenSize, Norm, Contract);
        Normed = Add("normed", config.HiddenSize, Norm, Expand);
        Projected = Add("qkv", config.Layers.Max(l => l.Attention.ProjectionWidth), Project, Attend);
        Attended = Add("attention output", config.Layers.Max(l => l.Attention.NumHeads * l.Attention.HeadDim), Attend, Merge);
        Expanded = Add("gate and up", config.Layers.Max(l => 2 * l.FeedForward.IntermediateSize), Expand, Contract);
    }

    /// <summary>The residual stream.</summary>
    public Buffer Hidden { get; }

    /// <summary>Input of the projections.</summary>
    public Buffer Normed { get; }

    /// <summary>Queries, keys and values side by side.</summary>
    public Buffer Projected { get; }

    /// <summary>Output of attention, before its projection.</summary>
    public Buffer Attended { get; }

    /// <summary>Gate and up projections side by side.</summary>
    public Buffer Expanded { get; }

    /// <summary>Floats for each token of a step.</summary>
    public int FloatsPerToken => _buffers.Max(b => b.Start + b.Stride);

    /// <summary>Formula of the bytes, for the plan.</summary>
    public string Formula => $"chunk * 4 * {FloatsPerToken} floats: " + string.Join(", ", _buffers.Select(b => $"{b.Name} {b.Stride} at {b.Start}"));

    // First fit: the lowest start that overlaps no buffer alive at the same time.
    private Buffer Add(string name, int width, int firstStage, int lastStage)
    {
        int stride = (width + Rounding - 1) / Rounding * Rounding;
        var alive = _buffers.Where(b => b.FirstStage <= lastStage && firstStage <= b.LastStage).OrderBy(b => b.Start).ToList();
        int start = 0;
        foreach (var other in alive)
        {
            if (start + stride <= other.Start)
            {
                break;
            }

            start = Math.Max(start, other.Start + other.Stride);
        }

        var buffer = new Buffer(name, start, stride, firstStage, lastStage);
        _buffers.Add(buffer);
        return buffer;
    }

    /// <summary>One intermediate result.</summary>
    /// <param name="Name">What it is.</param>
    /// <param name="Start">First float, times the planned tokens.</param>
    /// <param name="Stride">Floats per token.</param>
    /// <param name="FirstStage">Stage that writes it.</param>
    /// <param name="LastStage">Last stage that reads it.</param>
    internal sealed record Buffer(string Name, int Start, int Stride, int FirstStage, int LastStage);
}
