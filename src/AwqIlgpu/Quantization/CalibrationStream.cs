using System.Runtime.Intrinsics;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>The hidden states of the calibration sequences between two layers, and what the blocks of the current layer add to them.</summary>
/// <remarks>Memory: three times 4 * tokens * hidden bytes, and what <see cref="LayerForward"/> needs for one sequence.</remarks>
internal sealed unsafe class CalibrationStream : IDisposable
{
    private readonly LayerForward _forward;
    private readonly ActivationRows _attention;
    private readonly ActivationRows _feedForward;
    private readonly ActivationRows _normed;
    private readonly ActivationRows _inner;
    private readonly ActivationRows _output;

    /// <param name="config">The decoder.</param>
    /// <param name="sequences">Calibration sequences.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="threads">Threads that compute.</param>
    public CalibrationStream(DecoderConfig config, int sequences, int length, int threads)
    {
        Sequences = sequences;
        Length = length;
        Hidden = new ActivationRows(sequences * length, config.HiddenSize);
        _attention = new ActivationRows(sequences * length, config.HiddenSize);
        _feedForward = new ActivationRows(sequences * length, config.HiddenSize);
        _normed = new ActivationRows(length, config.HiddenSize);
        _inner = new ActivationRows(length, config.Layers.Max(l => Math.Max(l.Attention.Output.InFeatures, l.FeedForward!.Down.InFeatures)));
        _output = new ActivationRows(length, config.HiddenSize);
        _forward = new LayerForward(config, length, threads);
    }

    /// <summary>Calibration sequences.</summary>
    public int Sequences { get; }

    /// <summary>Tokens of a sequence.</summary>
    public int Length { get; }

    /// <summary>What goes into the current layer, [sequences * length, hidden].</summary>
    public ActivationRows Hidden { get; }

    /// <summary>Runs a layer as it is, remembers what its blocks add, and shows each input of its linears to <paramref name="statistics"/>, which may be null.</summary>
    public void Record(CalibrationLayer layer, IReadOnlyDictionary<LayerInput, InputStatistics>? statistics)
    {
        var config = layer.Config;
        for (int sequence = 0; sequence < Sequences; sequence++)
        {
            int first = sequence * Length;
            Normed(layer, config.InputNorm!, first, afterAttention: false);
            statistics?[LayerInput.Attention].Add(_normed.Memory(0, Length), Length);
            _forward.AttentionContext(layer, _normed.Pointer(), _inner.Pointer(), Length);
            statistics?[LayerInput.Output].Add(Inner(config.Attention.Output.InFeatures), Length);
            _forward.Linear(layer, config.Attention.Output, _inner.Pointer(), _attention.Pointer(first), Length);
            Normed(layer, config.FeedForwardNorm!, first, afterAttention: true);
            statistics?[LayerInput.FeedForward].Add(_normed.Memory(0, Length), Length);
            _forward.FeedForwardInner(layer, _normed.Pointer(), _inner.Pointer(), Length);
            statistics?[LayerInput.Down].Add(Inner(config.FeedForward!.Down.InFeatures), Length);
            _forward.Linear(layer, config.FeedForward!.Down, _inner.Pointer(), _feedForward.Pointer(first), Length);
        }
    }

    /// <summary>Mean squared change of the attention block's output with other weights.</summary>
    /// <param name="trial">The layer with the other weights.</param>
    /// <param name="stride">Takes every stride-th sequence.</param>
    public double AttentionLoss(CalibrationLayer trial, int stride) => Loss(trial, stride, _attention, (layer, first) =>
    {
        Normed(layer, layer.Config.InputNorm!, first, afterAttention: false);
        _forward.AttentionContext(layer, _normed.Pointer(), _inner.Pointer(), Length);
        _forward.Linear(layer, layer.Config.Attention.Output, _inner.Pointer(), _output.Pointer(), Length);
    });

    /// <summary>Mean squared change of the feed-forward block's output with other weights, its input unchanged.</summary>
    /// <inheritdoc cref="AttentionLoss"/>
    public double FeedForwardLoss(CalibrationLayer trial, int stride) => Loss(trial, stride, _feedForward, (layer, first) =>
    {
        Normed(layer, layer.Config.FeedForwardNorm!, first, afterAttention: true);
        _forward.FeedForwardInner(layer, _normed.Pointer(), _inner.Pointer(), Length);
        _forward.Linear(layer, layer.Config.FeedForward!.Down, _inner.Pointer(), _output.Pointer(), Length);
    });

    /// <summary>Makes <see cref="Hidden"/> the next layer's input.</summary>
    /// <param name="quantized">The layer whose output that is; null for the layer that <see cref="Record"/> ran.</param>
    public void Advance(CalibrationLayer? quantized)
    {
        if (quantized is not null)
        {
            Record(quantized, null);
        }

        for (int row = 0; row < Hidden.Rows; row++)
        {
            Elementwise.Add(Hidden.Pointer(row), _attention.Pointer(row), Hidden.Pointer(row), Hidden.Width);
            Elementwise.Add(Hidden.Pointer(row), _feedForward.Pointer(row), Hidden.Pointer(row), Hidden.Width);
        }
    }

    public void Dispose() => _forward.Dispose();

    private static double SumOfSquares(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector256<double>.Zero;
        int i = 0;
        for (; i + 8 <= a.Length; i += 8)
        {
            var difference = Vector256.Create(a[i..]) - Vector256.Create(b[i..]);
            var (low, high) = Vector256.Widen(difference);
            sums += (low * low) + (high * high);
        }

        double sum = Vector256.Sum(sums);
        for (; i < a.Length; i++)
        {
            double difference = a[i] - b[i];
            sum += difference * difference;
        }

        return sum;
    }

    private double Loss(CalibrationLayer trial, int stride, ActivationRows reference, Action<CalibrationLayer, int> run)
    {
        double sum = 0;
        long count = 0;
        for (int sequence = 0; sequence < Sequences; sequence += stride)
        {
            int first = sequence * Length;
            run(trial, first);
            var expected = reference.Span(first, Length);
            sum += SumOfSquares(expected, _output.Span(0, Length));
            count += expected.Length;
        }

        return sum / count;
    }

    private void Normed(CalibrationLayer layer, NormConfig norm, int first, bool afterAttention)
    {
        float* x = Hidden.Pointer(first);
        if (afterAttention)
        {
            Elementwise.Add(x, _attention.Pointer(first), _output.Pointer(), (nint)Length * Hidden.Width);
            x = _output.Pointer();
        }

        _forward.Norm(layer, norm, x, _normed.Pointer(), Length);
    }

    // Rows of the scratch lie as close as the linear's width says, not the scratch's own.
    private ReadOnlyMemory<float> Inner(int width) => _inner.Memory(0, Length)[..(Length * width)];
}
