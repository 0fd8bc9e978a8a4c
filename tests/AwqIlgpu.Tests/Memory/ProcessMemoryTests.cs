using AwqIlgpu.Memory;

namespace AwqIlgpu.Tests.Memory;

public sealed class ProcessMemoryTests : IDisposable
{
    private const long MachineBytes = 16_000_000L * 1024;

    private readonly string _root = Directory.CreateTempSubdirectory("awq-process-memory-").FullName;

    public ProcessMemoryTests() => Write("proc/meminfo", "MemTotal:       16000000 kB\nMemFree:         1000000 kB\n");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void LimitBytes_NoGroups_IsTheMachine() => Assert.Equal(MachineBytes, ProcessMemory.LimitBytes(_root));

    [Fact]
    public void LimitBytes_Version2_IsTheSmallestOnThePath()
    {
        Write("proc/self/cgroup", "0::/a/b/c\n");
        Write("sys/fs/cgroup/a/b/c/memory.max", "max\n");
        Write("sys/fs/cgroup/a/b/memory.max", "3000000\n");
        Write("sys/fs/cgroup/a/memory.max", "4000000\n");
        Write("sys/fs/cgroup/other/memory.max", "1\n");
        Assert.Equal(3_000_000, ProcessMemory.LimitBytes(_root));
    }

    [Fact]
    public void LimitBytes_Version1_IsTheSmallestOnThePath()
    {
        Write("proc/self/cgroup", "9:name=systemd:/x\n4:cpu,memory:/job/1\n0::/\n");
        Write("sys/fs/cgroup/memory/job/1/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "5000000\n");
        Assert.Equal(5_000_000, ProcessMemory.LimitBytes(_root));
    }

    [Fact]
    public void LimitBytes_PathOfTheHostInAContainer_TakesTheMountsLimit()
    {
        Write("proc/self/cgroup", "0::/system.slice/docker-1.scope\n");
        Write("sys/fs/cgroup/memory.max", "2000000\n");
        Assert.Equal(2_000_000, ProcessMemory.LimitBytes(_root));
    }

    [Fact]
    public void LimitBytes_LimitAboveTheMachine_IsTheMachine()
    {
        Write("proc/self/cgroup", "4:memory:/\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Assert.Equal(MachineBytes, ProcessMemory.LimitBytes(_root));
    }

    [Fact]
    public void PeakBytes_AfterTouchingMemory_CoversIt()
    {
        long before = ProcessMemory.ResidentBytes;
        var touched = GC.AllocateUninitializedArray<byte>(32 << 20);
        touched.AsSpan().Fill(1);
        Assert.True(ProcessMemory.ResidentBytes >= touched.Length);
        Assert.True(ProcessMemory.PeakBytes >= Math.Max(before, touched.Length));
        Assert.InRange(ProcessMemory.PeakBytes, 1, long.MaxValue);
        GC.KeepAlive(touched);
    }

    [Fact]
    public void LimitBytes_ThisMachine_IsAboveWhatTheProcessHolds() => Assert.True(ProcessMemory.LimitBytes() >= ProcessMemory.ResidentBytes);

    private void Write(string path, string text)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
