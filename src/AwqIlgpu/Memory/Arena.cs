using System.Runtime.InteropServices;

namespace AwqIlgpu.Memory;

/// <summary>The one block of memory that a model lives in, as large as its plan says; everything else is a view of it.</summary>
internal sealed unsafe class Arena : IDisposable
{
    /// <summary>Every buffer starts on such a boundary: a cache line, and the widest vector load.</summary>
    public const int Alignment = 64;

    private readonly MemoryPlan _plan;
    private readonly HashSet<string> _taken = [];
    private readonly HashSet<string> _everTaken = [];
    private byte* _start;

    /// <summary>Reserves the memory; pages are touched by use.</summary>
    /// <param name="plan">The buffers.</param>
    /// <param name="onHost">Whether the memory is the host's; if not, only the books are kept here for a device that has the memory.</param>
    /// <exception cref="OutOfMemoryException">The system refuses the block.</exception>
    public Arena(MemoryPlan plan, bool onHost = true)
    {
        _plan = plan;
        IsOnHost = onHost;
        if (onHost)
        {
            _start = (byte*)NativeMemory.AlignedAlloc((nuint)plan.ArenaBytes, HugePages.Size);
            HugePages.Advise(_start, plan.ArenaBytes);
        }
    }

    /// <summary>Most bytes that were ever in use: the end of the furthest buffer that was taken.</summary>
    public long HighWaterBytes { get; private set; }

    /// <summary>Whether the memory is the host's.</summary>
    public bool IsOnHost { get; }

    /// <summary>First byte; null where the memory is a device's.</summary>
    public byte* Start => _start;

    /// <summary>Rounds a size up to the alignment.</summary>
    public static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    /// <summary>Takes a planned buffer, once.</summary>
    /// <exception cref="InvalidOperationException">The plan does not name it, or it is taken.</exception>
    public PlannedBuffer Take(string name)
    {
        var buffer = _plan.Buffers.FirstOrDefault(b => b.Name == name && b.Offset >= 0)
            ?? throw new InvalidOperationException($"Memory: the plan names no buffer {name}; it has {string.Join(", ", _plan.Buffers.Select(b => b.Name))}.");
        if (!_taken.Add(name))
        {
            throw new InvalidOperationException($"Memory: {name} ({buffer.Bytes} bytes) is in use already.");
        }

        _everTaken.Add(name);
        HighWaterBytes = Math.Max(HighWaterBytes, buffer.Offset + buffer.Bytes);
        return buffer;
    }

    /// <summary>Bytes of a planned buffer that are in use, and the most that ever were.</summary>
    public (long Live, long HighWater) BytesInUse(PlannedBuffer buffer) =>
        (_taken.Contains(buffer.Name) ? buffer.Bytes : 0, _everTaken.Contains(buffer.Name) ? buffer.Bytes : 0);

    /// <summary>Gives a buffer back to the plan, so that others may lie over it.</summary>
    public void Return(PlannedBuffer buffer) => _taken.Remove(buffer.Name);

    /// <inheritdoc/>
    public void Dispose()
    {
        NativeMemory.AlignedFree(_start);
        _start = null;
    }
}
