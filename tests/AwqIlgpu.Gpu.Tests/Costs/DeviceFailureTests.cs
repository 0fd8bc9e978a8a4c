using AwqIlgpu.Checkpoints;
using AwqIlgpu.Generation;
using AwqIlgpu.Gpu.Devices;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;
using AwqIlgpu.Tests;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Simulation;

namespace AwqIlgpu.Gpu.Tests.Costs;

/// <summary>GPUs that cannot run kernels, or stop doing so.</summary>
public class DeviceFailureTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Step_LostDevice_EndsItsRequestsAndNoOthers(double temperature)
    {
        IlgpuDevices.Register();
        using var checkpoint = Checkpoint.Open(TestData.Golden("models", "llama", "awq"));
        var weights = new DecoderWeights(Architecture.Read(checkpoint.Config), checkpoint);
        var options = new LanguageModelOptions { Device = "ilgpu", Context = 64, Chunk = 16 };
        var plan = MemoryPlanner.Plan(new MemoryFootprint(weights, options, tokenizerBytes: 0), options);
        var open = OpenAccelerator.Open(options.Device);
        var simulation = open.Accelerator.GetSimulation();
        simulation.Checks = false;
        using var device = new IlgpuDevice(open, plan, weights, Precision.Exact);
        WeightLoader.Load(weights, checkpoint, device, 1, null);
        using var engine = new Engine(new DecoderModel(weights, device, plan.Settings), plan.Settings);

        simulation.IsLost = true;
        var exception = Assert.Throws<InvalidOperationException>((await RunAsync()).ThrowIfFailed);
        Assert.Contains("ilgpu (" + open.Accelerator.Name, exception.Message, StringComparison.Ordinal);
        simulation.IsLost = false;
        Assert.Equal(FinishReason.Length, (await RunAsync()).FinishReason);

        async Task<Sequence> RunAsync()
        {
            int vocabulary = weights.Config.VocabularySize;
            var sampler = new Sampler(new SamplingOptions { Temperature = temperature }, vocabulary, requestTokens: 4, history: default);
            var sequence = new Sequence([1, 2], 2, sampler, default);
            engine.Add(sequence);
            while (!sequence.IsFinished)
            {
                await sequence.WaitAsync(CancellationToken.None);
            }

            return sequence;
        }
    }

    [Fact]
    public void Open_WithoutGenericAddressSpace_SaysSo()
    {
        var exception = Assert.Throws<NotSupportedException>(() => OpenAccelerator.Open("opencl:0", Simulate(hasGenericAddressSpace: false)));
        Assert.Contains("opencl:0 (Simulated) has no generic address space", exception.Message, StringComparison.Ordinal);
        using var open = OpenAccelerator.Open("opencl:0", Simulate(hasGenericAddressSpace: true));
        Assert.Equal(AcceleratorType.OpenCL, open.Accelerator.AcceleratorType);
    }

    private static Context Simulate(bool hasGenericAddressSpace) =>
        Context.Create(builder => builder.Simulate(AcceleratorType.OpenCL, new SimulatedDevice { HasGenericAddressSpace = hasGenericAddressSpace }));
}
