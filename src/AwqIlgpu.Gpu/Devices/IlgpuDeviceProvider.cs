using AwqIlgpu.Devices;
using AwqIlgpu.Models;
using ILGPU;
using ILGPU.Runtime;
using IDevice = AwqIlgpu.Devices.IDevice;

namespace AwqIlgpu.Gpu.Devices;

/// <summary>The GPUs that ILGPU finds, and its CPU accelerator.</summary>
internal sealed partial class IlgpuDeviceProvider : IDeviceProvider
{
    private readonly Lazy<IReadOnlyList<DeviceInfo>> _devices = new(List);

    /// <inheritdoc/>
    public IReadOnlyList<DeviceInfo> Devices => _devices.Value;

    /// <inheritdoc/>
    public KvType SmallestKv => KvType.Int8;

    /// <inheritdoc/>
    public long WorkspaceBytes(DecoderWeights weights, MemorySettings settings, LanguageModelOptions options) =>
        new IlgpuWorkspace(weights, settings).ByteCount;

    /// <inheritdoc/>
    public long HostBytes(DecoderWeights weights, MemorySettings settings) => new IlgpuWorkspace(weights, settings).HostBytes;

    /// <inheritdoc/>
    public int LoadThreads(LanguageModelOptions options) => 1;

    /// <inheritdoc/>
    public IDevice Create(MemoryPlan plan, DecoderWeights weights, LanguageModelOptions options)
    {
        IlgpuDevice.Check(weights);
        var open = OpenAccelerator.Open(options.Device);
        try
        {
            Configure(open.Accelerator);
            return new IlgpuDevice(open, plan, weights, options.Precision);
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    /// <summary>Settings that only a simulated accelerator has.</summary>
    static partial void Configure(Accelerator accelerator);

    private static List<DeviceInfo> List()
    {
        using var context = Context.Create(builder => builder.AllAccelerators(_ => true));
        var devices = new List<DeviceInfo>();
        foreach (var (id, device) in OpenAccelerator.Gpus(context))
        {
            string path = OpenAccelerator.Missing(device) is { } missing ? $"refused: no {missing}" : "ILGPU";
            devices.Add(new DeviceInfo(id, device.Name, device.MemorySize, id[..id.IndexOf(':', StringComparison.Ordinal)], path));
        }

        devices.Add(new DeviceInfo(OpenAccelerator.OnCpu, "GPU kernels on the CPU, for tests", DeviceInfo.Cpu.MemoryBytes, OpenAccelerator.OnCpu, typeof(Context).Assembly.GetName().Name!));
        return devices;
    }
}
