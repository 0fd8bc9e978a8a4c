using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU.Runtime;

namespace ILGPU.Simulation;

/// <content>Shared and local memory, and the watch over accesses to shared and global memory.</content>
internal sealed unsafe partial class LaneContext
{
    // What CUDA lets a lane have is more, but a kernel that comes near is slow.
    private const int LocalBytesPerLane = 64 * 1024;
    private const int Alignment = 16;

    // GPUs load at most 16 bytes at a time; larger structs are loaded in parts.
    private const int LargestLoad = 16;

    private readonly Dictionary<int, Allocation> _sharedAllocations = [];
    private readonly Dictionary<int, Allocation> _localAllocations = [];
    private readonly ShadowMemory _globalShadow = new();
    private readonly ShadowMemory _sharedShadow = new();
    private byte* _shared;
    private int _sharedCapacity;
    private int _sharedUsed;
    private bool[] _sharedWritten = [];
    private byte* _local;
    private int _localLanes;
    private int _localUsed;
    private MemoryBuffer? _lastBuffer;
    private bool _checks;
    private bool _counts;

    /// <summary>Where the shared memory of the group starts.</summary>
    public nint SharedStart => (nint)_shared;

    /// <summary>Bytes of shared memory that the group has allocated.</summary>
    public int SharedBytes => _sharedUsed;

    private uint Clock => ((uint)_groupEpoch << 16) | (_warpEpochs[Warp] & 0xFFFF);

    private int LaneId => (GroupLinear * GroupSize) + Lane + 1;

    /// <summary>Called where a lane reads by an atomic operation and writes back.</summary>
    public static void OnAtomic<T>(ref T target)
        where T : unmanaged
    {
        if (s_current is { } context)
        {
            context._launch.Counters.Atomics++;
            if (context._checks)
            {
                context.Access((nint)Unsafe.AsPointer(ref target), sizeof(T), AccessKind.Atomic);
            }
        }
    }

    /// <summary>Called by the compiled kernel before each load.</summary>
    public void Read(nint address, int size, int site)
    {
        Site = site;
        Access(address, size, AccessKind.Read);
    }

    /// <summary>Called by the compiled kernel before each store.</summary>
    public void Write(nint address, int size, int site)
    {
        Site = site;
        Access(address, size, AccessKind.Write);
    }

    /// <summary>Called by a PTX instruction that reads memory.</summary>
    public void ReadByPtx(nint address, int size)
    {
        if (_checks || _counts)
        {
            Access(address, size, AccessKind.Read);
        }
    }

    public ArrayView<T> AllocateShared<T>(int count)
        where T : unmanaged
    {
        if (!_sharedAllocations.TryGetValue(Site, out var allocation))
        {
            int start = (_sharedUsed + Alignment - 1) & -Alignment;
            allocation = new Allocation(start, checked(count * sizeof(T)), sizeof(T));
            if (start + allocation.Bytes > _sharedCapacity)
            {
                throw Fault(
                    FaultKind.OutOfMemory,
                    $"{start + allocation.Bytes} bytes of shared memory; {Accelerator.Name} has {_sharedCapacity} for a group");
            }

            _sharedAllocations[Site] = allocation;
            _sharedUsed = start + allocation.Bytes;
            _launch.Counters.SharedBytesAllocated = Math.Max(_launch.Counters.SharedBytesAllocated, _sharedUsed);
            Poison(allocation);
        }
        else if (allocation.Bytes != count * sizeof(T))
        {
            throw Fault(FaultKind.InvalidOperation, $"lanes allocate {allocation.Bytes} and {count * sizeof(T)} shared bytes at one place");
        }

        return new ArrayView<T>(_shared + allocation.Start, count);
    }

    public ArrayView<T> DynamicShared<T>()
        where T : unmanaged => new(_shared, _launch.DynamicSharedBytes / sizeof(T));

    public ArrayView<T> AllocateLocal<T>(int count)
        where T : unmanaged
    {
        if (_localLanes < GroupSize)
        {
            NativeMemory.AlignedFree(_local);
            _localLanes = GroupSize;
            _local = (byte*)NativeMemory.AlignedAlloc((nuint)_localLanes * LocalBytesPerLane, 64);
        }

        if (!_localAllocations.TryGetValue(Site, out var allocation))
        {
            allocation = new Allocation((_localUsed + Alignment - 1) & -Alignment, checked(count * sizeof(T)), sizeof(T));
            _localUsed = allocation.Start + allocation.Bytes;
            if (_localUsed > LocalBytesPerLane)
            {
                throw Fault(FaultKind.OutOfMemory, $"{_localUsed} bytes of local memory; the simulator has {LocalBytesPerLane} for a lane");
            }

            _localAllocations[Site] = allocation;
        }

        return new ArrayView<T>(_local + ((long)Lane * LocalBytesPerLane) + allocation.Start, count);
    }

    private void BeginMemory()
    {
        _checks = Accelerator.Simulation.Checks;
        _counts = Accelerator.Simulation.Counting;
        _sharedCapacity = Accelerator.MaxSharedMemoryPerGroup;
        if (_sharedWritten.Length < _sharedCapacity)
        {
            NativeMemory.AlignedFree(_shared);
            _shared = (byte*)NativeMemory.AlignedAlloc((nuint)_sharedCapacity, 256);
            _sharedWritten = new bool[_sharedCapacity];
        }

        if (_launch.DynamicSharedBytes > _sharedCapacity)
        {
            throw new ArgumentOutOfRangeException(
                nameof(KernelConfig), $"{_launch.Name}: {_launch.DynamicSharedBytes} bytes of dynamic shared memory; {Accelerator.Name} has {_sharedCapacity}.");
        }

        // Places are numbered anew in each compiled form of the kernel.
        _localAllocations.Clear();
        _localUsed = 0;
        _launch.Counters.SharedBytesAllocated = _launch.DynamicSharedBytes;
        BeginCounting();
    }

    private void BeginGroupMemory()
    {
        _sharedAllocations.Clear();
        _sharedShadow.Clear();
        _sharedUsed = _launch.DynamicSharedBytes;
        Poison(new Allocation(0, _sharedUsed, 1));
    }

    private void EndMemory()
    {
        _globalShadow.Clear();
        _lastBuffer = null;
    }

    private void Poison(Allocation allocation)
    {
        if (_checks)
        {
            NativeMemory.Fill(_shared + allocation.Start, (nuint)allocation.Bytes, 0xFF);
            _sharedWritten.AsSpan(allocation.Start, allocation.Bytes).Clear();
        }
    }

    private void Access(nint address, int size, AccessKind kind)
    {
        long offset = address - (nint)_shared;
        bool isShared = (ulong)offset < (ulong)_sharedUsed;
        if (!isShared && !IsGlobal(address))
        {
            return;
        }

        if (_checks)
        {
            CheckAlignment(address, size);
            if (isShared)
            {
                CheckWritten((int)offset, size, kind);
            }

            var conflict = (isShared ? _sharedShadow : _globalShadow).Record(
                isShared ? (nint)offset : address, size, kind, new Accessor(LaneId, Clock, Site, GroupSize, WarpSize));
            if (conflict is { } earlier)
            {
                ThrowRace(address, kind, earlier);
            }
        }

        if (_counts)
        {
            Count(address, size, kind, isShared);
        }
    }

    private bool IsGlobal(nint address)
    {
        if (_lastBuffer is null || (nuint)(address - _lastBuffer.NativePtr) >= (nuint)_lastBuffer.LengthInBytes)
        {
            var buffer = GlobalMemory.Find(address);
            if (buffer is null || address >= buffer.NativePtr + (nint)buffer.LengthInBytes)
            {
                return false;
            }

            _lastBuffer = buffer;
        }

        return true;
    }

    private void CheckAlignment(nint address, int size)
    {
        int alignment = Math.Min(1 << BitOperations.TrailingZeroCount(size), LargestLoad);
        if ((address & (alignment - 1)) != 0)
        {
            throw Fault(FaultKind.Misaligned, $"{Describe(address, out long index)}: {size} bytes at an address that is not a multiple of {alignment}", index);
        }
    }

    private void CheckWritten(int offset, int size, AccessKind kind)
    {
        var written = _sharedWritten.AsSpan(offset, size);
        if (kind != AccessKind.Write && written.Contains(false))
        {
            throw Fault(FaultKind.UninitializedShared, $"{Describe((nint)_shared + offset, out long index)} is read before any lane wrote it", index);
        }

        written.Fill(true);
    }

    private void ThrowRace(nint address, AccessKind kind, Conflict earlier)
    {
        string place = Describe(address, out long index);
        int other = (earlier.Lane - 1) % GroupSize;
        int otherGroup = (earlier.Lane - 1) / GroupSize;
        string who = otherGroup == GroupLinear ? $"lane {other}" : $"lane {other} of group {otherGroup}";
        throw Fault(
            FaultKind.Race,
            $"race on {place}: {Verb(kind)} here, {Verb(earlier.Kind)} by {who} at {Line(earlier.Site)}, with no barrier between",
            index);
    }

    private static string Verb(AccessKind kind) => kind switch
    {
        AccessKind.Read => "read",
        AccessKind.Write => "written",
        _ => "changed atomically",
    };

    /// <summary>Names the element at <paramref name="address"/>.</summary>
    private string Describe(nint address, out long index)
    {
        long offset = address - (nint)_shared;
        if ((ulong)offset < (ulong)_sharedUsed)
        {
            foreach (var allocation in _sharedAllocations.Values)
            {
                if (offset >= allocation.Start && offset < allocation.Start + allocation.Bytes)
                {
                    index = (offset - allocation.Start) / allocation.ElementSize;
                    return $"index {index} of {allocation.Bytes / allocation.ElementSize} shared elements of {allocation.ElementSize} bytes";
                }
            }

            index = offset;
            return $"byte {index} of dynamic shared memory";
        }

        var buffer = GlobalMemory.Find(address)!;
        index = (address - buffer.NativePtr) / buffer.ElementSize;
        return $"index {index} of a buffer of {buffer.Length} elements of {buffer.ElementSize} bytes";
    }

    private readonly record struct Allocation(int Start, int Bytes, int ElementSize);
}
