namespace AwqIlgpu.Cli;

/// <content>The devices of the package AwqIlgpu.Gpu.</content>
internal static partial class Program
{
    static partial void AddGpuDevices() => IlgpuDevices.Register();
}
