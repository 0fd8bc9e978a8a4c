using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>How well the original model predicts the calibration text, one decoder layer in memory at a time.</summary>
/// <remarks>
/// A text that the model predicts worse than chance is not what it was made for: its activations there say nothing of those that count, and what is fitted
/// to them makes the model worse. Measured: a model of short stories calibrated on WikiText, perplexity on stories +0.65 % of plain rounding's.
/// </remarks>
internal static unsafe class CalibrationLoss
{
    // Sequences looked at: the answer is far from the limit or does not matter.
    private const int Sequences = 2;

    // Tokens of the vocabulary whose logits are computed together.
    private const int RowsAtOnce = 1024;

    /// <summary>Mean loss of a token in nats.</summary>
    /// <param name="checkpoint">The original model.</param>
    /// <param name="config">Its decoder.</param>
    /// <param name="calibration">The text; its first sequences are taken.</param>
    /// <param name="threads">Threads that compute.</param>
    /// <param name="cancellationToken">Asked before each layer.</param>
    /// <exception cref="InvalidDataException">A tensor holds NaN or infinity.</exception>
    public static double Of(Checkpoint checkpoint, DecoderConfig config, CalibrationSet calibration, int threads, CancellationToken cancellationToken)
    {
        using var stream = new CalibrationStream(config, Math.Min(Sequences, calibration.Sequences.Count), calibration.Sequences[0].Length, threads);
        stream.Embed(checkpoint, config, calibration);
        foreach (var layer in config.Layers)
        {
            stream.Record(CalibrationLayer.Load(checkpoint, layer), null, cancellationToken);
            stream.Advance(null, cancellationToken);
        }

        using var pool = new CpuThreadPool(threads);
        double sum = 0;
        for (int i = 0; i < stream.Sequences; i++)
        {
            Norm(checkpoint, config.FinalNorm, stream.Hidden.Pointer(i), stream.Length);
            sum += Loss(checkpoint, config, pool, stream.Hidden.Pointer(i), calibration.Sequences[i]);
        }

        return sum / ((double)stream.Sequences * (stream.Length - 1));
    }

    private static void Norm(Checkpoint checkpoint, NormConfig norm, float* x, int rows)
    {
        float[] weight = Read(norm.Prefix + ".weight");
        weight = norm.UnitOffset ? Array.ConvertAll(weight, w => w + 1) : weight;
        float[] bias = norm.Kind == NormKind.Layer && checkpoint.HasTensor(norm.Prefix + ".bias") ? Read(norm.Prefix + ".bias") : [];
        fixed (float* w = weight)
        fixed (float* b = bias)
        {
            new NormRows(norm.Kind == NormKind.Rms, x, norm.Width, w, b, norm.Epsilon, x, norm.Width, 1, norm.Width, 0).Run(0, rows);
        }

        float[] Read(string name)
        {
            var values = new float[norm.Width];
            checkpoint.ReadFiniteFloats(checkpoint.Tensor(name), 0, values);
            return values;
        }
    }

    /// <summary>Sum over all positions but the last of log sum exp(logits) - the logit of the next token; the sum is carried along over pieces of the vocabulary.</summary>
    private static double Loss(Checkpoint checkpoint, DecoderConfig config, CpuThreadPool pool, float* x, int[] tokens)
    {
        var head = checkpoint.Tensor((config.TieWordEmbeddings ? config.EmbeddingNameIn(checkpoint) : config.HeadPrefix) + ".weight");
        int positions = tokens.Length - 1;
        var weight = new ActivationRows(RowsAtOnce, config.HiddenSize);
        var logits = new ActivationRows(positions, RowsAtOnce);
        var max = new float[positions];
        var sums = new double[positions];
        var targets = new double[positions];
        Array.Fill(max, float.NegativeInfinity);
        for (int first = 0; first < config.VocabularySize; first += RowsAtOnce)
        {
            int rows = Math.Min(RowsAtOnce, config.VocabularySize - first);
            checkpoint.ReadFiniteFloats(head, (long)first * config.HiddenSize, weight.Span(0, rows));
            var matrix = new FloatMatrix(rows, config.HiddenSize, TensorType.Float32, (byte*)weight.Pointer());
            var call = new LinearCall(matrix, x, config.HiddenSize, positions, logits.Pointer(), RowsAtOnce, scale: config.LogitScale);
            LinearProducts.Run(pool, new ReadOnlySpan<LinearCall>(in call), Precision.Exact, CpuPaths.Best, null, 0);
            for (int position = 0; position < positions; position++)
            {
                var piece = logits.Span(position, 1)[..rows];
                if (config.LogitSoftcap > 0)
                {
                    Softcap.Run(logits.Pointer(position), rows, config.LogitSoftcap);
                }

                float before = max[position];
                max[position] = MathF.Max(before, LogSumExp.Max(piece));
                sums[position] = (sums[position] * Math.Exp(before - max[position])) + LogSumExp.Sum(piece, max[position], 1);
                int target = tokens[position + 1] - first;
                if (target >= 0 && target < rows)
                {
                    targets[position] = piece[target];
                }
            }
        }

        double loss = 0;
        for (int position = 0; position < positions; position++)
        {
            loss += max[position] + Math.Log(sums[position]) - targets[position];
        }

        return loss;
    }
}
