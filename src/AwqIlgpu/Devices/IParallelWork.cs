namespace AwqIlgpu.Devices;

/// <summary>Work for <see cref="CpuThreadPool"/>, cut into parts that do not depend on each other.</summary>
internal interface IParallelWork
{
    /// <summary>Does one part; several threads call this on the same instance at once.</summary>
    void Run(int part);
}
