namespace AwqIlgpu.Tests.Models;

/// <summary>Whole models on the CPU.</summary>
public sealed class CpuModelTests() : ModelTests("cpu")
{
    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Model_Travelling_EqualsTransformers(string name) => EqualsTransformers(name);

    [SharedTheory]
    [MemberData(nameof(SharedModels))]
    public Task Model_Shared_EqualsTransformers(string name) => EqualsTransformers(name);

    [Theory]
    [MemberData(nameof(Travelling))]
    public Task Logits_Fast_StayWithinBudget(string name) => FastStaysWithinBudget(name);
}
