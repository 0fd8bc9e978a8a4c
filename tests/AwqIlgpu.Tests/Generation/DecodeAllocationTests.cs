using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu.Tests.Generation;

public sealed class DecodeAllocationTests
{
    [Theory]
    [InlineData("qwen3", Precision.Fast)]
    [InlineData("qwen3", Precision.Exact)]
    [InlineData("mixtral", Precision.Fast)]
    [InlineData("gemma2", Precision.Fast)]
    [InlineData("gpt_neox", Precision.Fast)]
    [InlineData("deepseek_v3", Precision.Fast)]
    [InlineData("deepseek_v3", Precision.Exact)]
    public void Forward_OneTokenAfterAnother_AllocatesNothing(string name, Precision precision)
    {
        using var checkpoint = Checkpoint.Open(TestData.Golden("models", name, "awq"));
        var options = new LanguageModelOptions { Precision = precision, Context = 128, Threads = 1 };
        var weights = new DecoderWeights(Architecture.Read(checkpoint.Config), checkpoint, options.HeadOf(checkpoint));
        var plan = MemoryPlanner.Plan(new MemoryFootprint(weights, options, tokenizerBytes: 0), options);
        using var device = new CpuDevice(plan, weights, precision, 1);
        WeightLoader.Load(weights, checkpoint, device, 1, null);
        var model = new DecoderModel(weights, device, plan.Settings);
        var batch = new StepBatch(DecoderModel.StepRows(plan.Settings), 1);
        int[] table = GC.AllocateArray<int>(4, pinned: true);
        new[] { 0, 1, 2, 3 }.CopyTo(table, 0);
        Rotation[] rotations = [Rotation.For(weights.Config.Ropes[0], 1)];
        int token = 1;

        // One thread does all the work, so its own count is the whole count. The first steps compile the kernels.
        Decode(0, 20);
        Assert.Equal(0, ManagedAllocation.InSteadyState(() => Decode(20, 100)));

        void Decode(int from, int to)
        {
            for (int position = from; position < to; position++)
            {
                batch.Clear();
                batch.Add([token], position, table, rotations, isPrompt: false);
                model.Forward(batch);
                token = model.Logits([0]).IndexOfAnyExceptInRange(float.NegativeInfinity, 0f) & 0xFF;
            }
        }
    }
}
