using System.Diagnostics;
using System.Globalization;

namespace AwqIlgpu.Memory;

/// <summary>What this process holds in memory, and how much it may hold.</summary>
internal static class ProcessMemory
{
    /// <summary>Most bytes of the process that were in memory at one time since it began (VmHWM).</summary>
    public static long PeakBytes => StatusBytes("VmHWM:") ?? PeakWorkingSetBytes();

    /// <summary>Begins a measurement: <see cref="PeakBytes"/> counts from now on, where the system allows that.</summary>
    public static void ResetPeak()
    {
        try
        {
            // 5 sets VmHWM to VmRSS, see proc(5).
            File.WriteAllText("/proc/self/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then the peak is that of the whole process so far, which is no less.
        }
    }

    /// <summary>Bytes of the process in memory at this moment (VmRSS).</summary>
    public static long ResidentBytes => StatusBytes("VmRSS:") ?? Environment.WorkingSet;

    /// <summary>Bytes that the process may use: the machine's memory, or the smallest limit of the control groups that it is in.</summary>
    public static long LimitBytes() => OperatingSystem.IsLinux() ? LimitBytes("/") : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The same from the files of Linux under another root.</summary>
    internal static long LimitBytes(string root)
    {
        long limit = LineBytes(Path.Combine(root, "proc/meminfo"), "MemTotal:") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        string groups = Path.Combine(root, "proc/self/cgroup");
        if (!File.Exists(groups))
        {
            return limit;
        }

        // A line is number:controllers:path; version 2 has number 0 and no controllers.
        foreach (string line in File.ReadLines(groups))
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3)
            {
                continue;
            }

            if (parts[1].Length == 0)
            {
                limit = Math.Min(limit, SmallestLimit(Path.Combine(root, "sys/fs/cgroup"), parts[2], "memory.max"));
                limit = Math.Min(limit, SmallestLimit(Path.Combine(root, "sys/fs/cgroup/unified"), parts[2], "memory.max"));
            }
            else if (parts[1].Split(',').Contains("memory"))
            {
                limit = Math.Min(limit, SmallestLimit(Path.Combine(root, "sys/fs/cgroup/memory"), parts[2], "memory.limit_in_bytes"));
            }
        }

        return limit;
    }

    // A limit holds for all groups below it. In a container the path may name groups of the host that are not mounted here; the mount itself is the container's group then.
    private static long SmallestLimit(string mount, string group, string file)
    {
        long smallest = long.MaxValue;
        for (string path = group.Trim('/'); ; path = Path.GetDirectoryName(path) ?? "")
        {
            string limitFile = Path.Combine(mount, path, file);

            // Version 2 writes "max" for no limit; version 1 a number larger than any machine.
            if (File.Exists(limitFile) && long.TryParse(File.ReadAllText(limitFile), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long limit))
            {
                smallest = Math.Min(smallest, limit);
            }

            if (path.Length == 0)
            {
                return smallest;
            }
        }
    }

    private static long? StatusBytes(string key) => OperatingSystem.IsLinux() ? LineBytes("/proc/self/status", key) : null;

    // "VmHWM:     1234 kB", where kB is 1024 bytes.
    private static long? LineBytes(string file, string key)
    {
        if (!File.Exists(file))
        {
            return null;
        }

        foreach (string line in File.ReadLines(file))
        {
            if (line.StartsWith(key, StringComparison.Ordinal))
            {
                string number = line[key.Length..].Replace("kB", "", StringComparison.Ordinal);
                return long.TryParse(number, NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes * 1024 : null;
            }
        }

        return null;
    }

    private static long PeakWorkingSetBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
