using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>The CPU of this machine.</summary>
internal sealed class CpuDeviceProvider : IDeviceProvider
{
    /// <inheritdoc/>
    public IReadOnlyList<DeviceInfo> Devices => [DeviceInfo.Cpu];

    /// <inheritdoc/>
    public KvType SmallestKv => KvType.Int4;

    /// <inheritdoc/>
    public long WorkspaceBytes(DecoderWeights weights, MemorySettings settings, LanguageModelOptions options) =>
        new CpuWorkspace(weights, DecoderModel.StepRows(settings), options.ThreadCount).ByteCount;

    /// <inheritdoc/>
    public long HostBytes(DecoderWeights weights, MemorySettings settings) => 0;

    /// <inheritdoc/>
    public IDevice Create(MemoryPlan plan, DecoderWeights weights, LanguageModelOptions options) =>
        new CpuDevice(plan, weights, options.Precision, options.ThreadCount);
}
