using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Models;

namespace AwqIlgpu.Gpu.Tests;

/// <summary>Whole models on ILGPU's CPU accelerator, or on the simulator in its place, which runs a lane at a time.</summary>
public sealed class IlgpuModelTests : ModelTests
{
    public IlgpuModelTests()
        : base("ilgpu", isQuick: true) => IlgpuDevices.Register();

    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Model_Travelling_EqualsTransformers(string name) => EqualsTransformers(name);

    [SharedTheory]
    [MemberData(nameof(SharedModels))]
    public Task Model_Shared_EqualsTransformers(string name) => EqualsTransformers(name);

    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Logits_Fast_StayWithinBudget(string name) => FastStaysWithinBudget(name);

    [Theory]
    [MemberData(nameof(RaggedBatches))]
    public Task GenerateBatch_RaggedBatch_TokensOfTheCpu(string name, int chunk) => RaggedBatchEqualsCpu(name, chunk);
}
