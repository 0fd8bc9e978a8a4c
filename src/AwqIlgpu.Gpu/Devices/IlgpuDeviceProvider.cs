using AwqIlgpu.Devices;
using AwqIlgpu.Models;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using IDevice = AwqIlgpu.Devices.IDevice;

namespace AwqIlgpu.Gpu.Devices;

/// <summary>The GPUs that ILGPU finds, and its CPU accelerator.</summary>
internal sealed partial class IlgpuDeviceProvider : IDeviceProvider
{
    private const string OnCpu = "ilgpu";

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
    public IDevice Create(MemoryPlan plan, DecoderWeights weights, LanguageModelOptions options)
    {
        IlgpuDevice.Check(weights);
        var context = Context.Create(builder => (options.Device == OnCpu ? builder.CPU(CPUDevice.Nvidia) : builder.AllAccelerators()).EnableAlgorithms());
        try
        {
            var accelerator = Find(context, options.Device).CreateAccelerator(context);
            Configure(accelerator);
            return new IlgpuDevice(context, accelerator, plan, weights, options.Precision);
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>Settings that only a simulated accelerator has.</summary>
    static partial void Configure(Accelerator accelerator);

    private static List<DeviceInfo> List()
    {
        using var context = Context.Create(builder => builder.AllAccelerators());
        var devices = new List<DeviceInfo>();
        foreach (var (id, device) in Gpus(context))
        {
            devices.Add(new DeviceInfo(id, device.Name, device.MemorySize, id[..id.IndexOf(':', StringComparison.Ordinal)], "ILGPU"));
        }

        devices.Add(new DeviceInfo(OnCpu, "GPU kernels on the CPU, for tests", DeviceInfo.Cpu.MemoryBytes, OnCpu, typeof(Context).Assembly.GetName().Name!));
        return devices;
    }

    private static ILGPU.Runtime.Device Find(Context context, string id) =>
        id == OnCpu ? context.GetCPUDevice(0) : Gpus(context).First(gpu => gpu.Id == id).Device;

    private static IEnumerable<(string Id, ILGPU.Runtime.Device Device)> Gpus(Context context)
    {
        foreach (var (type, name) in new[] { (AcceleratorType.Cuda, "cuda"), (AcceleratorType.OpenCL, "opencl") })
        {
            int index = 0;
            foreach (var device in context.Devices.Where(device => device.AcceleratorType == type))
            {
                yield return ($"{name}:{index++}", device);
            }
        }
    }
}
