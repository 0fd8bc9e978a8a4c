using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;

namespace AwqIlgpu.Gpu.Devices;

/// <summary>An accelerator, and ILGPU's context that it lives in.</summary>
internal sealed class OpenAccelerator : IDisposable
{
    /// <summary>The id of ILGPU's CPU accelerator.</summary>
    public const string OnCpu = "ilgpu";

    private readonly Context _context;

    private OpenAccelerator(string id, Context context, Accelerator accelerator) => (Id, _context, Accelerator) = (id, context, accelerator);

    /// <summary>The device's name in options.</summary>
    public string Id { get; }

    /// <summary>The device in use.</summary>
    public Accelerator Accelerator { get; }

    /// <summary>Opens a device.</summary>
    /// <exception cref="NotSupportedException">ILGPU has no kernels for it.</exception>
    public static OpenAccelerator Open(string id) =>
        Open(id, Context.Create(builder => (id == OnCpu ? builder.CPU(CPUDevice.Nvidia) : builder.AllAccelerators(_ => true)).EnableAlgorithms()));

    /// <summary>Opens a device of a context, which it takes over.</summary>
    /// <exception cref="NotSupportedException">ILGPU has no kernels for it.</exception>
    public static OpenAccelerator Open(string id, Context context)
    {
        try
        {
            var device = id == OnCpu ? context.GetCPUDevice(0) : Gpus(context).First(gpu => gpu.Id == id).Device;
            return Missing(device) is { } missing
                ? throw new NotSupportedException($"{id} ({device.Name}) has no {missing}, which ILGPU's kernels need. Newer drivers have one for most GPUs; else use another device of awq devices.")
                : new OpenAccelerator(id, context, device.CreateAccelerator(context));
        }
        catch
        {
            context.Dispose();
            throw;
        }
    }

    /// <summary>The GPUs of a context that sees all, those that <see cref="Missing"/> something too.</summary>
    public static IEnumerable<(string Id, ILGPU.Runtime.Device Device)> Gpus(Context context)
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

    /// <summary>What a device lacks for ILGPU to compile kernels for it; null for nothing.</summary>
    public static string? Missing(ILGPU.Runtime.Device device) =>
        device is CLDevice { Capabilities.GenericAddressSpace: false } ? "generic address space" : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }
}
