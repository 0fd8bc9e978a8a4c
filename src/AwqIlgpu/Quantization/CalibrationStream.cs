using System.Runtime.Intrinsics;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>The hidden states of the calibration sequences between two layers, and what the blocks of the current layer add to them.</summary>
/// <remarks>Memory: three times 4 * tokens * hidden bytes, of one sequence where the others wait in files, and what <see cref="LayerForward"/> needs for one sequence.</remarks>
internal sealed unsafe class CalibrationStream : IDisposable
{
    private readonly LayerForward _forward;
    private readonly SequenceRows _attention;
    private readonly SequenceRows _feedForward;
    private readonly ActivationRows _sum;
    private readonly ActivationRows _normed;
    private readonly ActivationRows _output;
    private readonly int[] _tokens;

    /// <param name="config">The decoder.</param>
    /// <param name="sequences">Calibration sequences.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="spillPath">Start of the names of files for the sequences that are not in use; null to keep all in memory.</param>
    public CalibrationStream(DecoderConfig config, int sequences, int length, int threads, string? spillPath = null)
    {
        Sequences = sequences;
        Length = length;
        SequenceRows rows(string name) => new(sequences, length, config.HiddenSize, spillPath is null ? null : spillPath + name);
        Hidden = rows("hidden");
        _attention = rows("attention");
        _feedForward = rows("feed-forward");
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

    /// <summary>Calibration tokens.</summary>
    public int Tokens => Sequences * Length;

    /// <summary>What goes into the current layer.</summary>
    public SequenceRows Hidden { get; }

    /// <summary>Makes <see cref="Hidden"/> the first layer's input: the embeddings of the first sequences of a text.</summary>
    public void Embed(Checkpoint checkpoint, DecoderConfig config, CalibrationSet calibration)
    {
        var table = checkpoint.Tensor(config.EmbeddingNameIn(checkpoint) + ".weight");
        var positions = config.Positions is { } learned ? checkpoint.Tensor(learned.Prefix + ".weight") : null;
        var position = new float[config.HiddenSize];
        for (int sequence = 0; sequence < Sequences; sequence++)
        {
            var rows = Hidden.Overwrite(sequence);
            for (int token = 0; token < Length; token++)
            {
                var embedding = rows.Slice(token * config.HiddenSize, config.HiddenSize);
                checkpoint.ReadFiniteFloats(table, (long)calibration.Sequences[sequence][token] * config.HiddenSize, embedding);
                if (positions is not null)
                {
                    checkpoint.ReadFiniteFloats(positions, (long)(token + config.Positions!.Offset) * config.HiddenSize, position);
                }

                for (int i = 0; i < position.Length; i++)
                {
                    embedding[i] = (embedding[i] * config.EmbeddingScale) + position[i];
                }
            }

            Hidden.Keep();
        }
    }

    /// <summary>Runs a layer as it is, remembers what its blocks add, and shows each input of its linears to <paramref name="statistics"/>, which may be null; cancelled between two sequences.</summary>
    public void Record(CalibrationLayer layer, IReadOnlyDictionary<LayerInput, InputStatistics>? statistics, CancellationToken cancellationToken = default)
    {
        for (int sequence = 0; sequence < Sequences; sequence++)
        {
            cancellationToken.ThrowIfCancellationRequested();
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
            var input = AttentionInput(layer, sequence, Length);
            tap?.Invoke(new(LayerPlace.Attention), input.Memory, _tokens);
            _attention.Overwrite(sequence);
            _forward.Attention(layer, input.Start, _attention.Pointer(sequence), Length, tap);
            _attention.Keep();
            input = FeedForwardInput(layer, sequence, input, Length);
            if (!InputReaders.SharesInput(layer.Config))
            {
                tap?.Invoke(new(LayerPlace.FeedForward), input.Memory, _tokens);
            }

            _feedForward.Overwrite(sequence);
            _forward.FeedForward(layer, input.Start, _feedForward.Pointer(sequence), Length, tap);
            _feedForward.Keep();
        }
    }

    /// <summary>Mean squared change of what the layer adds to the hidden state, with other weights; the feed-forward block's input stays what it was.</summary>
    /// <param name="trial">The layer with the other weights.</param>
    /// <param name="attention">Whether attention's weights are others.</param>
    /// <param name="feedForward">Whether those of the feed-forward block or the experts are.</param>
    /// <param name="tokens">Tokens to take, about: some whole sequences, evenly spaced, or the start of the first one; at most all.</param>
    public double Loss(CalibrationLayer trial, bool attention, bool feedForward, int tokens)
    {
        int stride = Math.Max(1, Tokens / tokens);
        int rows = Math.Min(Length, tokens);
        int values = rows * Hidden.Width;
        double sum = 0;
        long count = 0;
        for (int sequence = 0; sequence < Sequences; sequence += stride)
        {
            var input = AttentionInput(trial, sequence, rows);
            if (attention)
            {
                _forward.Attention(trial, input.Start, _output.Pointer(), rows, null);
                sum += SumOfSquares(_attention.Span(sequence)[..values], _output.Span(0, rows));
            }

            if (feedForward)
            {
                _forward.FeedForward(trial, FeedForwardInput(trial, sequence, input, rows).Start, _output.Pointer(), rows, null);
                sum += SumOfSquares(_feedForward.Span(sequence)[..values], _output.Span(0, rows));
            }

            count += values;
        }

        return sum / count;
    }

    /// <summary>The mean squared change of one linear's output on the sampled inputs.</summary>
    /// <param name="layer">The layer with the original weight.</param>
    /// <param name="linear">The linear.</param>
    /// <param name="inputs">Its inputs, sampled.</param>
    public OutputLoss SampleLoss(CalibrationLayer layer, LinearConfig linear, InputStatistics inputs)
    {
        int rows = inputs.SampledTokens;
        var expected = new ActivationRows(rows, linear.OutFeatures);
        var output = new ActivationRows(rows, linear.OutFeatures);
        _forward.Product(layer, linear, inputs.Sample!, expected);
        return trial =>
        {
            _forward.Product(layer.With([linear], trial), linear, inputs.Sample!, output);
            return SumOfSquares(expected.Span(0, rows), output.Span(0, rows)) / ((double)rows * linear.OutFeatures);
        };
    }

    /// <summary>Makes <see cref="Hidden"/> the next layer's input.</summary>
    /// <param name="quantized">The layer whose output that is; null for the layer that <see cref="Record"/> ran.</param>
    /// <param name="cancellationToken">Asked between two sequences of that layer.</param>
    public void Advance(CalibrationLayer? quantized, CancellationToken cancellationToken = default)
    {
        if (quantized is not null)
        {
            Record(quantized, null, cancellationToken);
        }

        nint count = (nint)Length * Hidden.Width;
        for (int sequence = 0; sequence < Sequences; sequence++)
        {
            float* hidden = Hidden.Pointer(sequence);
            Elementwise.Add(hidden, _attention.Pointer(sequence), hidden, count);
            Elementwise.Add(hidden, _feedForward.Pointer(sequence), hidden, count);
            Hidden.Keep();
        }
    }

    public void Dispose()
    {
        Hidden.Dispose();
        _attention.Dispose();
        _feedForward.Dispose();
        _forward.Dispose();
    }

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
    private Input AttentionInput(CalibrationLayer layer, int sequence, int rows)
    {
        var hidden = new Input(Hidden.Pointer(sequence), Hidden.Memory(sequence));
        return layer.Config.InputNorm is { } norm ? Normed(layer, norm, hidden, rows) : hidden;
    }

    /// <summary>What the feed-forward block reads, <see cref="Record"/> having run attention.</summary>
    private Input FeedForwardInput(CalibrationLayer layer, int sequence, Input attentionInput, int rows)
    {
        if (InputReaders.SharesInput(layer.Config))
        {
            return attentionInput;
        }

        var input = new Input(Hidden.Pointer(sequence), Hidden.Memory(sequence));
        if (!layer.Config.Parallel)
        {
            Elementwise.Add(input.Start, _attention.Pointer(sequence), _sum.Pointer(), (nint)rows * Hidden.Width);
            input = new Input(_sum.Pointer(), _sum.Memory(0, rows));
        }

        return layer.Config.FeedForwardNorm is { } norm ? Normed(layer, norm, input, rows) : input;
    }

    private Input Normed(CalibrationLayer layer, NormConfig norm, Input input, int rows)
    {
        _forward.Norm(layer, norm, input.Start, _normed.Pointer(), rows);
        return new Input(_normed.Pointer(), _normed.Memory(0, rows));
    }

    /// <summary>What a block reads of one sequence, twice: as kernels and as statistics take it.</summary>
    private readonly struct Input(float* start, ReadOnlyMemory<float> memory)
    {
        public float* Start { get; } = start;

        public ReadOnlyMemory<float> Memory { get; } = memory;
    }
}
