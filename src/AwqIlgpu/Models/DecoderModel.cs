using AwqIlgpu.Devices;
using AwqIlgpu.Generation;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>A decoder-only transformer: which operation follows which, written once for every architecture.</summary>
internal sealed partial class DecoderModel
{
    // Rows of logits when a text is scored: enough that reading the head's weights costs less than using them.
    private const int ScoredRows = 32;

    private readonly DecoderWeights _weights;
    private readonly ActivationLayout _layout;
    private readonly long _activations;
    private readonly long _logits;
    private readonly long _sampling;
    private readonly int _maxRows;

    /// <param name="weights">The weights, loaded into <paramref name="device"/>.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="settings">The settings that the device's plan is for.</param>
    public DecoderModel(DecoderWeights weights, IDevice device, MemorySettings settings)
    {
        Device = device;
        _weights = weights;
        _layout = new ActivationLayout(weights.Config);
        _maxRows = StepRows(settings);
        _activations = device.Arena.Take(MemoryFootprint.Activations).Offset;
        _logits = device.Arena.Take(MemoryFootprint.Logits).Offset;
        _sampling = device.Arena.Take(MemoryFootprint.Sampling).Offset;
    }

    /// <summary>Where the model computes.</summary>
    public IDevice Device { get; }

    /// <summary>What the model is.</summary>
    public DecoderConfig Config => _weights.Config;

    /// <summary>Scratch memory of the sampler, [vocabulary].</summary>
    public Span<int> SamplingWorkspace => Device.Ints(_sampling, Config.VocabularySize);

    /// <summary>Most rows of a step: a chunk of prompts, or one token of each sequence.</summary>
    public static int StepRows(MemorySettings settings) => Math.Max(settings.Chunk, settings.Batch);

    /// <summary>Rows of logits that are computed at a time: one for each sequence, and some when a text is scored.</summary>
    public static int LogitsRows(MemorySettings settings) => Math.Max(settings.Batch, Math.Min(settings.Chunk, ScoredRows));

    /// <summary>Gives a sequence the rotation frequencies for its length; where they change, its keys must be made anew.</summary>
    /// <remarks>As transformers does for LongRoPE when the switching length is crossed: all tokens so far become a prompt again.</remarks>
    public void PrepareRotations(Sequence sequence)
    {
        int length = sequence.Length;
        if (sequence.RotationLength == length)
        {
            return;
        }

        if (sequence.RotationLength == 0 || Array.Exists(Config.Ropes, rope => Rotation.Differs(rope, sequence.RotationLength, length)))
        {
            sequence.Rotations = Array.ConvertAll(Config.Ropes, rope => Rotation.For(rope, length));
            sequence.Cached = 0;
        }

        sequence.RotationLength = length;
    }

    /// <summary>Runs the batch through all layers; its keys and values are in the KV cache after it.</summary>
    public void Forward(StepBatch batch)
    {
        var device = Device;
        device.Begin(batch);
        var hidden = View(_layout.Hidden, batch.Rows, Config.HiddenSize);
        device.Embed(_weights.Embedding, batch.TokenIds, Config.EmbeddingScale, hidden);
        if (_weights.Positions is not null)
        {
            device.AddPositions(_weights.Positions, Config.Positions!.Offset, hidden);
        }

        for (int i = 0; i < _weights.Layers.Length; i++)
        {
            Layer(i, _weights.Layers[i], hidden);
        }
    }

    /// <summary>The logits of some rows of the batch that <see cref="Forward"/> ran last; valid until the next call.</summary>
    /// <param name="rows">Rows of the batch, at most the planned logits rows.</param>
    /// <returns>[rows, vocabulary].</returns>
    public Span<float> Logits(ReadOnlySpan<int> rows) => Device.Span(Head(rows));

    /// <summary>The likeliest next token of some rows of the batch that <see cref="Forward"/> ran last; valid until the next call.</summary>
    /// <param name="rows">Rows of the batch, at most one for each sequence.</param>
    public ReadOnlySpan<TopToken> Best(ReadOnlySpan<int> rows) => Device.Best(Head(rows));

    private DeviceMatrix Head(ReadOnlySpan<int> rows)
    {
        var selected = View(_layout.Normed, rows.Length, Config.HiddenSize);
        var logits = new DeviceMatrix(_logits, rows.Length, Config.VocabularySize, Config.VocabularySize);
        Device.GatherRows(View(_layout.Hidden, _maxRows, Config.HiddenSize), rows, selected);
        Device.Norm(_weights.FinalNorm, selected, selected);
        Device.Linear(_weights.Head, selected, logits, scale: Config.LogitScale);
        if (Config.LogitSoftcap > 0)
        {
            Device.Softcap(logits, Config.LogitSoftcap);
        }

        return logits;
    }

    private void Layer(int index, LayerWeights layer, DeviceMatrix hidden)
    {
        var normed = View(_layout.Normed, hidden.Rows, Config.HiddenSize);
        var input = NormOr(hidden, layer.InputNorm, hidden, normed);
        var attended = layer.Attention.Latent is null ? Attend(index, layer.Attention, input) : AttendLatent(index, layer.Attention, input);
        if (layer.Config.Parallel)
        {
            // The norm must see x before attention is added to it.
            input = NormOr(input, layer.FeedForwardNorm, hidden, normed);
        }

        AddResult(layer, layer.Attention.Output, layer.AttentionOutputNorm, attended, hidden);
        if (!layer.Config.Parallel)
        {
            input = NormOr(hidden, layer.FeedForwardNorm, hidden, normed);
        }

        if (layer.FeedForward is { } feedForward)
        {
            AddResult(layer, feedForward.Down, layer.FeedForwardOutputNorm, Expand(feedForward, input), hidden);
        }

        if (layer.Experts is not null)
        {
            AddExperts(index, layer, input, hidden);
        }
    }

    /// <summary>norm(x), written to <paramref name="normed"/>; or what stands for it where there is no norm.</summary>
    private DeviceMatrix NormOr(DeviceMatrix without, NormWeights? norm, DeviceMatrix x, DeviceMatrix normed)
    {
        if (norm is null)
        {
            return without;
        }

        Device.Norm(norm, x, normed);
        return normed;
    }

    /// <summary>hidden += scale * norm(x W^T).</summary>
    private void AddResult(LayerWeights layer, LinearWeights[] output, NormWeights? norm, DeviceMatrix x, DeviceMatrix hidden)
    {
        float scale = layer.Config.ResidualScale;
        if (norm is null)
        {
            Device.Linear(output, x, hidden, accumulate: true, scale);
            return;
        }

        // The block's own input is no longer needed.
        var result = View(_layout.Normed, hidden.Rows, Config.HiddenSize);
        Device.Linear(output, x, result);
        Device.Norm(norm, result, result);
        Device.Add(result, scale, hidden);
    }

    private DeviceMatrix View(ActivationLayout.Buffer buffer, int rows, int width) =>
        new(_activations + ((long)buffer.Start * _maxRows * sizeof(float)), rows, width, buffer.Stride);
}
