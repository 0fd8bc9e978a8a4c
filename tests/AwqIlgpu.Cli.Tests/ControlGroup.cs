using System.Globalization;

namespace AwqIlgpu.Cli.Tests;

/// <summary>A group of processes that the kernel gives only so much memory.</summary>
internal sealed class ControlGroup : IDisposable
{
    private const string Version1 = "/sys/fs/cgroup/memory";
    private const string Version2 = "/sys/fs/cgroup";

    private readonly string _folder;

    private ControlGroup(string folder) => _folder = folder;

    /// <summary>Why this machine lets a test make no group; null where it does.</summary>
    public static string? Unavailable { get; } = FindObstacle();

    /// <summary>File to which a process writes its number to enter.</summary>
    public string ProcessesFile => Path.Combine(_folder, "cgroup.procs");

    /// <summary>A group with a limit, without swap.</summary>
    public static ControlGroup Create(long limitBytes)
    {
        bool first = File.Exists(Path.Combine(Version1, "memory.limit_in_bytes"));
        string folder = Path.Combine(first ? Version1 : Version2, $"awq-test-{Guid.NewGuid():N}");
        Directory.CreateDirectory(folder);
        var group = new ControlGroup(folder);
        try
        {
            group.Write(first ? "memory.limit_in_bytes" : "memory.max", limitBytes);
            string swap = first ? "memory.memsw.limit_in_bytes" : "memory.swap.max";
            if (File.Exists(Path.Combine(folder, swap)))
            {
                group.Write(swap, first ? limitBytes : 0);
            }

            return group;
        }
        catch
        {
            group.Dispose();
            throw;
        }
    }

    // The kernel removes a group with its folder, whatever files seem to be in it.
    public void Dispose() => Directory.Delete(_folder);

    private static string? FindObstacle()
    {
        try
        {
            Create(1L << 30).Dispose();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"no control group can be made here: {e.Message}";
        }
    }

    private void Write(string file, long bytes) => File.WriteAllText(Path.Combine(_folder, file), bytes.ToString(CultureInfo.InvariantCulture));
}

/// <summary>A test that needs a <see cref="ControlGroup"/>; skipped where none can be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ControlGroupFactAttribute : FactAttribute
{
    public ControlGroupFactAttribute() => Skip = ControlGroup.Unavailable;
}
