using AwqIlgpu.Tests.Models;

namespace AwqIlgpu.Gpu.Tests;

/// <summary>Whole models on the first OpenCL device.</summary>
public sealed class OpenCLModelTests() : ModelTests(Device)
{
    private const string Device = "opencl:0";

    [DeviceTheory(Device)]
    [MemberData(nameof(AllModels))]
    public Task Model_Any_EqualsTransformers(string name) => EqualsTransformers(name);

    [DeviceTheory(Device)]
    [MemberData(nameof(RaggedBatches))]
    public Task GenerateBatch_RaggedBatch_TokensOfTheCpu(string name, int chunk) => RaggedBatchEqualsCpu(name, chunk);
}
