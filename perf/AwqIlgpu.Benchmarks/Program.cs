using System.Reflection;
using AwqIlgpu.Benchmarks;
using BenchmarkDotNet.Running;

if (!PeerRun.TryRun(args))
{
    BenchmarkSwitcher.FromAssembly(Assembly.GetExecutingAssembly()).Run(args);
}
