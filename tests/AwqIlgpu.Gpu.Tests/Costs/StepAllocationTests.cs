using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;
using AwqIlgpu.Tests;
using ILGPU.Simulation;

namespace AwqIlgpu.Gpu.Tests.Costs;

public class StepAllocationTests
{
    [Theory]
    [InlineData("qwen3")]
    [InlineData("mixtral")]
    [InlineData("deepseek_v3")]
    public void Forward_OneTokenAfterAnother_AllocatesNothingOnTheHost(string name)
    {
        IlgpuDevices.Register();
        using var checkpoint = Checkpoint.Open(TestData.Golden("models", name, "awq"));
        var weights = new DecoderWeights(Architecture.Read(checkpoint.Config), checkpoint);
        var options = new LanguageModelOptions { Device = "ilgpu", Precision = Precision.Exact, Context = 64, Chunk = 16 };
        var plan = MemoryPlanner.Plan(new MemoryFootprint(weights, options, tokenizerBytes: 0), options);
        var open = OpenAccelerator.Open(options.Device);
        var simulation = open.Accelerator.GetSimulation();
        simulation.Checks = false;
        using var device = new IlgpuDevice(open, plan, weights, Precision.Exact);
        WeightLoader.Load(weights, checkpoint, device, 1, null);
        var model = new DecoderModel(weights, device, plan.Settings);
        var batch = new StepBatch(DecoderModel.StepRows(plan.Settings), 1);
        int[] table = [0, 1];
        Rotation[] rotations = [Rotation.For(weights.Config.Ropes[0], 1)];

        // The first steps compile what runs on the host.
        Decode(0, 6);
        long before = GC.GetAllocatedBytesForCurrentThread() - simulation.LaunchAllocations;
        Decode(6, 10);
        long after = GC.GetAllocatedBytesForCurrentThread() - simulation.LaunchAllocations;
        Assert.Equal(0, after - before);

        void Decode(int from, int to)
        {
            for (int position = from; position < to; position++)
            {
                batch.Clear();
                batch.Add([position + 1], position, table, rotations, isPrompt: false);
                model.Forward(batch);
                model.Logits([0]);
            }
        }
    }
}
