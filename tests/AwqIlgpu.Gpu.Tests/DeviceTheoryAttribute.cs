namespace AwqIlgpu.Gpu.Tests;

/// <summary>A theory that needs a device, and is skipped where it is missing.</summary>
public sealed class DeviceTheoryAttribute : TheoryAttribute
{
    /// <param name="device">The device's id.</param>
    public DeviceTheoryAttribute(string device)
    {
        Device = device;
        IlgpuDevices.Register();
        if (!DeviceInfo.All.Any(found => found.Id == device))
        {
            Skip = $"There is no {device} here; it takes a GPU, its driver and a build with -p:FullFeed=true.";
        }
    }

    /// <summary>The device's id.</summary>
    public string Device { get; }
}
