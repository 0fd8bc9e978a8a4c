using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <content>Feed-forward blocks and mixtures of them.</content>
internal sealed unsafe partial class LayerForward
{
    private readonly ActivationRows _expanded;
    private readonly ActivationRows _outputGate;
    private readonly ActivationRows _router;
    private readonly ActivationRows _gathered;
    private readonly ActivationRows _expertOutput;

    /// <summary>What the feed-forward block and the experts add to the hidden state.</summary>
    /// <param name="layer">The weights.</param>
    /// <param name="input">What they read, [rows, hidden].</param>
    /// <param name="y">The result, [rows, hidden].</param>
    /// <param name="rows">Tokens, at most those of the longest sequence.</param>
    /// <param name="tap">Sees the inputs of linears inside the blocks; may be null.</param>
    public void FeedForward(CalibrationLayer layer, float* input, float* y, int rows, InputTap? tap)
    {
        if (layer.Config.FeedForward is { } block)
        {
            Block(layer, block, new(LayerPlace.Down), input, y, _slots.AsSpan(0, rows), tap);
        }
        else
        {
            new Span<float>(y, rows * _hidden).Clear();
        }

        if (layer.Config.Experts is { } experts)
        {
            AddExperts(layer, experts, input, y, rows, tap);
        }

        Finish(layer, layer.Config.FeedForwardOutputNorm, y, rows);
    }

    private void Block(CalibrationLayer layer, FeedForwardConfig block, LayerInput downInput, float* input, float* y, ReadOnlySpan<int> tokens, InputTap? tap)
    {
        int rows = tokens.Length;
        int width = block.IntermediateSize;
        int stride = block.ExpandedSize;
        float* column = _expanded.Pointer();
        foreach (var linear in block.GateUp)
        {
            Linear(layer, linear, input, column, stride, rows);
            column += linear.OutFeatures;
        }

        float* gate = _expanded.Pointer();
        float* inner = _inner.Pointer();
        float[] factors = block.IsGated || block.ActivationScales is null ? [] : Array.ConvertAll(layer.Vector(block.ActivationScales), scale => 1 / scale);
        fixed (float* factor = factors)
        {
            var work = block.IsGated
                ? new GateWork(block.Activation, gate, stride, gate + width, stride, inner, width, rows, _pool.ThreadCount)
                : new GateWork(block.Activation, gate, stride, factor, 0, inner, width, rows, _pool.ThreadCount);
            _pool.Run(ref work, _pool.ThreadCount);
        }

        if (block.OutputGate is { } outputGate)
        {
            Linear(layer, outputGate, input, _outputGate.Pointer(), rows);
            new SigmoidScaleRows(_outputGate.Pointer(), 1, inner, width, width).Run(0, rows);
        }

        Show(tap, downInput, _inner, width, tokens);
        Linear(layer, block.Down, inner, y, rows);
    }

    private void AddExperts(CalibrationLayer layer, ExpertsConfig experts, float* input, float* y, int rows, InputTap? tap)
    {
        int count = experts.Experts.Length;
        int perToken = experts.Rule.ExpertsPerToken;
        Linear(layer, experts.Router, input, _router.Pointer(), rows);
        var bias = experts.ChoiceBias is { } name ? layer.Vector(name) : [];
        var chosen = new int[rows * perToken];
        var weights = new float[rows * perToken];
        for (int row = 0; row < rows; row++)
        {
            var logits = new ReadOnlySpan<float>(_router.Pointer() + ((long)row * count), count);
            if (!ExpertRouting.Run(experts.Rule, logits, bias, chosen.AsSpan(row * perToken, perToken), weights.AsSpan(row * perToken, perToken)))
            {
                throw new InvalidDataException($"{experts.Router.Prefix} gave NaN or infinity on the calibration text, so no expert can be chosen. The weights of this or an earlier layer are damaged.");
            }
        }

        for (int e = 0; e < count; e++)
        {
            int[] copies = [.. Enumerable.Range(0, chosen.Length).Where(copy => chosen[copy] == e)];
            if (copies.Length == 0)
            {
                continue;
            }

            for (int i = 0; i < copies.Length; i++)
            {
                new ReadOnlySpan<float>(input + ((long)(copies[i] / perToken) * _hidden), _hidden).CopyTo(_gathered.Span(i, 1));
            }

            Block(layer, experts.Experts[e], new(LayerPlace.ExpertDown, e), _gathered.Pointer(), _expertOutput.Pointer(), Array.ConvertAll(copies, copy => copy / perToken), tap);
            for (int i = 0; i < copies.Length; i++)
            {
                float* to = y + ((long)(copies[i] / perToken) * _hidden);
                Elementwise.AddScaled(to, weights[copies[i]], _expertOutput.Pointer(i), to, _hidden);
            }
        }
    }

    /// <summary>act(gate) * up of some rows; up may be one row for all, or nothing.</summary>
    private readonly struct GateWork(Activation activation, float* gate, int stride, float* up, int upStride, float* inner, int width, int rows, int parts) : IParallelWork
    {
        private readonly float* _gate = gate;
        private readonly float* _up = up;
        private readonly float* _inner = inner;

        public void Run(int part)
        {
            int first = (int)((long)rows * part / parts);
            int end = (int)((long)rows * (part + 1) / parts);
            if (_up is not null)
            {
                Activations.RunGated(activation, _gate + ((long)first * stride), stride, _up + ((long)first * upStride), upStride, _inner + ((long)first * width), width, end - first, width);
                return;
            }

            for (int row = first; row < end; row++)
            {
                Activations.Run(activation, _gate + ((long)row * stride), _inner + ((long)row * width), width);
            }
        }
    }
}
