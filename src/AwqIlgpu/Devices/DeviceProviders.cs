namespace AwqIlgpu.Devices;

/// <summary>The devices that models can be opened on: the CPU, and those that a package has added.</summary>
internal static class DeviceProviders
{
    private static readonly Lock s_gate = new();
    private static IDeviceProvider[] s_all = [new CpuDeviceProvider()];

    /// <summary>All devices that are there, the CPU first.</summary>
    public static IReadOnlyList<DeviceInfo> Devices => [.. s_all.SelectMany(provider => provider.Devices)];

    /// <summary>Adds a family of devices, once.</summary>
    public static void Add(IDeviceProvider provider)
    {
        lock (s_gate)
        {
            if (!Array.Exists(s_all, known => known.GetType() == provider.GetType()))
            {
                s_all = [.. s_all, provider];
            }
        }
    }

    /// <summary>The family that has a device, and the device.</summary>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    public static (IDeviceProvider Provider, DeviceInfo Device) Find(string id)
    {
        foreach (var provider in s_all)
        {
            if (provider.Devices.FirstOrDefault(device => device.Id == id) is { } device)
            {
                return (provider, device);
            }
        }

        throw new ArgumentException($"Device {id} is not here; there are {string.Join(", ", Devices.Select(device => device.Id))}. GPUs need the package AwqIlgpu.Gpu, a driver, and on OpenCL a generic address space.", nameof(id));
    }
}
