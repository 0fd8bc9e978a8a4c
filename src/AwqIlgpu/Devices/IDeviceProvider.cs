using AwqIlgpu.Models;

namespace AwqIlgpu.Devices;

/// <summary>A family of devices that models can be opened on.</summary>
internal interface IDeviceProvider
{
    /// <summary>The devices that are there.</summary>
    IReadOnlyList<DeviceInfo> Devices { get; }

    /// <summary>The smallest type that the KV cache can have on a device of the family; it has the larger ones too.</summary>
    KvType SmallestKv { get; }

    /// <summary>Bytes of scratch memory that a model needs on a device of the family, for the plan.</summary>
    long WorkspaceBytes(DecoderWeights weights, MemorySettings settings, LanguageModelOptions options);

    /// <summary>Bytes of the host that copies of what the device holds take beside the arena, for the plan; 0 where the host is the device.</summary>
    long HostBytes(DecoderWeights weights, MemorySettings settings);

    /// <summary>Threads that may pack weights for a device of the family at once, each in a layer of its own.</summary>
    int LoadThreads(LanguageModelOptions options);

    /// <summary>Allocates the plan's arena on the device that the options name.</summary>
    /// <exception cref="NotSupportedException">The model needs what the device does not have.</exception>
    IDevice Create(MemoryPlan plan, DecoderWeights weights, LanguageModelOptions options);
}
