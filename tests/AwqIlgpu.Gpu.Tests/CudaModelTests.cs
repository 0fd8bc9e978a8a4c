using AwqIlgpu.Tests.Models;

namespace AwqIlgpu.Gpu.Tests;

/// <summary>Whole models on the first CUDA device.</summary>
public sealed class CudaModelTests() : ModelTests(Device)
{
    private const string Device = "cuda:0";

    [DeviceTheory(Device)]
    [MemberData(nameof(AllModels))]
    public Task Model_Any_EqualsTransformers(string name) => EqualsTransformers(name);

    [DeviceTheory(Device)]
    [MemberData(nameof(RaggedBatches))]
    public Task GenerateBatch_RaggedBatch_TokensOfTheCpu(string name, int chunk) => RaggedBatchEqualsCpu(name, chunk);
}
