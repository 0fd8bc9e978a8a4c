using AwqIlgpu.Devices;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>What the command line asks for.</summary>
/// <param name="Device">One of the devices of <see cref="DeviceInfo"/>.</param>
/// <param name="Smoke">Tiny sizes and single launches, to try the program and not the device.</param>
internal sealed record Arguments(string Device, bool Smoke)
{
    public const string Usage = "Usage: awq-gpu-bench [--device ID] [--smoke]. Measures the GPU kernels and models with random weights, prints Markdown.";

    /// <exception cref="ArgumentException">An option is unknown, or there is no GPU and no device is named.</exception>
    public static Arguments Parse(string[] args)
    {
        string? device = null;
        bool smoke = false;
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--device" when i + 1 < args.Length:
                    device = args[++i];
                    break;
                case "--smoke":
                    smoke = true;
                    break;
                default:
                    throw new ArgumentException($"{args[i]} is not understood. {Usage}");
            }
        }

        device ??= DeviceInfo.All.FirstOrDefault(d => d.Kind is "cuda" or "opencl")?.Id
            ?? throw new ArgumentException("There is no GPU here: no CUDA driver (libcuda.so.1) and no OpenCL 2 device was found. To try the program without one: --device ilgpu --smoke.");
        if (DeviceProviders.Find(device).Device.Kind == "cpu")
        {
            throw new ArgumentException("The CPU has no GPU kernels; its speed is what awq bench measures.");
        }

        return new Arguments(device, smoke);
    }
}
