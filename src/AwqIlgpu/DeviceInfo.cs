using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;

namespace AwqIlgpu;

/// <summary>Something that can run a model.</summary>
/// <param name="Id">Its name in options, for example <c>cpu</c>.</param>
/// <param name="Name">Its name for people.</param>
/// <param name="MemoryBytes">Bytes that this process may use on it.</param>
/// <param name="Kind">What it is: <c>cpu</c>, <c>cuda</c>, <c>opencl</c>, or <c>ilgpu</c> for kernels of GPUs on the CPU.</param>
/// <param name="Path">The instructions that the kernels use on it, for example <c>Avx2</c>.</param>
public sealed record DeviceInfo(string Id, string Name, long MemoryBytes, string Kind, string Path)
{
    private const string CpuInfo = "/proc/cpuinfo";

    /// <summary>All devices that can run a model here; GPUs only where the package AwqIlgpu.Gpu is registered.</summary>
    public static IReadOnlyList<DeviceInfo> All => DeviceProviders.Devices;

    /// <summary>The CPU of this machine.</summary>
    public static DeviceInfo Cpu => new("cpu", $"{CpuName()}, {Environment.ProcessorCount} threads", ProcessMemory.LimitBytes(), "cpu", CpuPaths.Best.ToString());

    /// <summary>Times the CPU's int4 product with every set of instructions that it has; takes about a second.</summary>
    public static IReadOnlyList<PathSpeed> MeasureCpu() => PathMeasurement.Run(Environment.ProcessorCount);

    // Linux on Arm gives no name there, and other systems have no such file.
    private static string CpuName()
    {
        string? line = File.Exists(CpuInfo) ? File.ReadLines(CpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }
}
