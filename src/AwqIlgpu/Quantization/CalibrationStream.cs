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
    private readonly ActivationRows _sum;
    private readonly ActivationRows _normed;
    private readonly ActivationRows _output;
    private readonly int[] _tokens;

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
        _sum = new ActivationRows(length, config.HiddenSize);
        _normed = new ActivationRows(length, config.HiddenSize);
        _output = new ActivationRows(length, config.HiddenSize);
        _tokens = [.. Enumerable.Range(0, length)];
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
        for (int sequence = 0; sequence < Sequences; sequence++)
        {
            int first = sequence * Length;
            InputTap? tap = statistics is null ? null : (input, values, tokens) =>
            {
                var of = statistics[input];
                int fitted = 0;
                while (fitted < tokens.Length && first + tokens[fitted] < of.FittedTokens)
                {
                    fitted++;
                }

                of.Add(values, tokens.Length, fitted);
            };
            var input = AttentionInput(layer, first);
            tap?.Invoke(new(LayerPlace.Attention), input.Memory, _tokens);
            _forward.Attention(layer, input.Start, _attention.Pointer(first), Length, tap);
            input = FeedForwardInput(layer, first, input);
            if (!InputReaders.SharesInput(layer.Config))
            {
                tap?.Invoke(new(LayerPlace.FeedForward), input.Memory, _tokens);
            }

            _forward.FeedForward(layer, input.Start, _feedForward.Pointer(first), Length, tap);
        }
    }

    /// <summary>Mean squared change of what the layer adds to the hidden state, with other weights; the feed-forward block's input stays what it was.</summary>
    /// <param name="trial">The layer with the other weights.</param>
    /// <param name="attention">Whether attention's weights are others.</param>
    /// <param name="feedForward">Whether those of the feed-forward block or the experts are.</param>
    /// <param name="stride">Takes every stride-th sequence.</param>
    public double Loss(CalibrationLayer trial, bool attention, bool feedForward, int stride)
    {
        double sum = 0;
        long count = 0;
        for (int sequence = 0; sequence < Sequences; sequence += stride)
        {
            int first = sequence * Length;
            var input = AttentionInput(trial, first);
            if (attention)
            {
                _forward.Attention(trial, input.Start, _output.Pointer(), Length, null);
                sum += SumOfSquares(_attention.Span(first, Length), _output.Span(0, Length));
            }

            if (feedForward)
            {
                _forward.FeedForward(trial, FeedForwardInput(trial, first, input).Start, _output.Pointer(), Length, null);
                sum += SumOfSquares(_feedForward.Span(first, Length), _output.Span(0, Length));
            }

            count += (long)Length * Hidden.Width;
        }

        return sum / count;
    }

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

    /// <summary>What attention reads.</summary>
    private Input AttentionInput(CalibrationLayer layer, int first) =>
        layer.Config.InputNorm is { } norm ? Normed(layer, norm, new Input(Hidden, first, Length)) : new Input(Hidden, first, Length);

    /// <summary>What the feed-forward block reads, <see cref="Record"/> having run attention.</summary>
    private Input FeedForwardInput(CalibrationLayer layer, int first, Input attentionInput)
    {
        if (InputReaders.SharesInput(layer.Config))
        {
            return attentionInput;
        }

        var input = new Input(Hidden, first, Length);
        if (!layer.Config.Parallel)
        {
            Elementwise.Add(input.Start, _attention.Pointer(first), _sum.Pointer(), (nint)Length * Hidden.Width);
            input = new Input(_sum, 0, Length);
        }

        return layer.Config.FeedForwardNorm is { } norm ? Normed(layer, norm, input) : input;
    }

    private Input Normed(CalibrationLayer layer, NormConfig norm, Input input)
    {
        _forward.Norm(layer, norm, input.Start, _normed.Pointer(), Length);
        return new Input(_normed, 0, Length);
    }

    /// <summary>What a block reads of one sequence.</summary>
    private readonly struct Input(ActivationRows rows, int first, int length)
    {
        public float* Start => rows.Pointer(first);

        public ReadOnlyMemory<float> Memory => rows.Memory(first, length);
    }
}
