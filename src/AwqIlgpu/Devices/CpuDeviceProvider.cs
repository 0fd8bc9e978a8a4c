using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>The CPU of this machine.</summary>
internal sealed class CpuDeviceProvider : IDeviceProvider
{
    // Each packs some 0.8 GB/s, so that more would wait for the disk.
    private const int MostLoadThreads = 4;

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
    public int LoadThreads(LanguageModelOptions options) => Math.Min(options.ThreadCount, MostLoadThreads);

    /// <inheritdoc/>
    public IDevice Create(MemoryPlan plan, DecoderWeights weights, LanguageModelOptions options) =>
        new CpuDevice(plan, weights, options.Precision, options.ThreadCount);
}
