using AwqIlgpu.Devices;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Benchmarks;

/// <summary>The feed-forward part of one decoder layer on the CPU, with random weights.</summary>
internal sealed class FeedForwardLayer : IDisposable
{
    private const int GroupSize = 128;

    private readonly DecoderWeights _weights;
    private readonly ActivationLayout _layout;
    private readonly long _activations;
    private readonly int _maxRows;

    /// <param name="config">A decoder of one layer.</param>
    /// <param name="rows">Most tokens of a step.</param>
    public FeedForwardLayer(DecoderConfig config, int rows)
    {
        _weights = new DecoderWeights(config, new RandomWeights(config, WeightFormat.Awq, GroupSize));
        var options = new LanguageModelOptions { Chunk = rows, Context = rows, Batch = 1, Kv = KvType.Fp16, MemoryCapBytes = 1L << 40 };
        var plan = MemoryPlanner.Plan(new MemoryFootprint(_weights, options, tokenizerBytes: 0), options);
        Device = new CpuDevice(plan, _weights, Precision.Fast, options.ThreadCount);
        RandomWeights.Load(_weights, Device, null);
        _layout = new ActivationLayout(config);
        _activations = Device.Arena.Take(MemoryFootprint.Activations).Offset;
        _maxRows = DecoderModel.StepRows(plan.Settings);
        Fill(View(_layout.Normed, rows, config.HiddenSize), new Random(1), 1);
        Fill(View(_layout.Hidden, rows, config.HiddenSize), new Random(2), 1);
    }

    public CpuDevice Device { get; }

    private DecoderConfig Config => _weights.Config;

    /// <summary>hidden += block(normed).</summary>
    public void RunDense(int rows)
    {
        var block = _weights.Layers[0].FeedForward!;
        int width = block.Config.IntermediateSize;
        var expanded = View(_layout.Expanded, rows, 2 * width);
        Device.Linear(block.GateUp, View(_layout.Normed, rows, Config.HiddenSize), expanded);
        Device.GatedActivation(block.Config.Activation, expanded.Columns(0, width), expanded.Columns(width, width));
        Device.Linear(block.Down, expanded.Columns(0, width), View(_layout.Hidden, rows, Config.HiddenSize), accumulate: true);
    }

    /// <summary>hidden += mixture(normed), from the routing on: everything but the router's own product.</summary>
    /// <param name="logits">What the router is made to say, [rows, experts].</param>
    /// <param name="rows">Tokens.</param>
    public void RunExperts(ReadOnlySpan<float> logits, int rows)
    {
        var mixture = _weights.Layers[0].Experts!;
        int experts = mixture.Experts.Length;
        int width = mixture.Experts[0].Config.IntermediateSize;
        var router = View(_layout.RouterLogits, rows, experts);
        for (int row = 0; row < rows; row++)
        {
            logits.Slice(row * experts, experts).CopyTo(Device.Floats(router.Offset + ((long)row * router.Stride * sizeof(float)), experts));
        }

        var routes = new Routes(View(_layout.Routes, 0, 0).Offset, rows, mixture.Config.Rule.ExpertsPerToken);
        var gathered = View(_layout.Gathered, routes.Copies, Config.HiddenSize);
        var expanded = View(_layout.ExpertExpanded, routes.Copies, 2 * width);
        var output = View(_layout.ExpertOutput, routes.Copies, Config.HiddenSize);
        Device.Route(0, mixture, router, routes);
        Device.CopyToExperts(routes, View(_layout.Normed, rows, Config.HiddenSize), gathered);
        Device.ExpandExperts(mixture, gathered, expanded);
        Device.GatedActivation(mixture.Experts[0].Config.Activation, expanded.Columns(0, width), expanded.Columns(width, width));
        Device.ContractExperts(mixture, expanded.Columns(0, width), output);
        Device.Combine(routes, output, 1, View(_layout.Hidden, rows, Config.HiddenSize));
    }

    public void Dispose() => Device.Dispose();

    private static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));

    private void Fill(DeviceMatrix matrix, Random random, float scale)
    {
        for (int row = 0; row < matrix.Rows; row++)
        {
            foreach (ref float value in Device.Floats(matrix.Offset + ((long)row * matrix.Stride * sizeof(float)), matrix.Width))
            {
                value = scale * Normal(random);
            }
        }
    }

    private DeviceMatrix View(ActivationLayout.Buffer buffer, int rows, int width) =>
        new(_activations + ((long)buffer.Start * _maxRows * sizeof(float)), rows, width, buffer.Stride);
}
