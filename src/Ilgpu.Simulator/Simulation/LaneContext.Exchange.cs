using System.Runtime.InteropServices;
using ILGPU.Runtime.OpenCL;

namespace ILGPU.Simulation;

/// <content>
/// Values that lanes show each other. There are two slots for each lane, used by turns: a lane that is ahead posts to
/// the second while slower ones still read the first.
/// </content>
internal sealed unsafe partial class LaneContext
{
    /// <summary>Bytes that a lane can show; enough for the operands of a PTX instruction.</summary>
    public const int SlotBytes = 512;

    private byte* _groupSlots;
    private byte* _warpSlots;
    private int _slotLanes;
    private int _groupEpoch;
    private int[] _warpOperations = [];
    private uint[] _warpEpochs = [];
    private int _predicateEpoch = -1;
    private int _predicates;
    private PtxLane[] _posted = [];
    private int _postedWarp = -1;
    private int _postedOperation;

    /// <summary>Shows <paramref name="value"/> to the group; true once all lanes have shown theirs.</summary>
    public bool GroupExchange<T>(T value)
        where T : unmanaged
    {
        if (!Completing)
        {
            *(T*)GroupSlot(Lane, _groupEpoch) = value;
            WaitForGroup();
        }

        return Completing;
    }

    /// <summary>Lanes of the group that showed 1.</summary>
    public int CountGroupPredicates()
    {
        if (_predicateEpoch != _groupEpoch)
        {
            _predicateEpoch = _groupEpoch;
            _predicates = 0;
            for (int lane = 0; lane < GroupSize; lane++)
            {
                _predicates += *(int*)GroupSlot(lane, _groupEpoch - 1);
            }
        }

        return _predicates;
    }

    public T FromGroupLane<T>(int lane)
        where T : unmanaged => (uint)lane < (uint)GroupSize
            ? *(T*)GroupSlot(lane, _groupEpoch - 1)
            : throw Fault(FaultKind.InvalidOperation, $"there is no lane {lane} in a group of {GroupSize}");

    /// <summary>Shows <paramref name="value"/> to the warp; true once all lanes have shown theirs.</summary>
    public bool WarpExchange<T>(T value)
        where T : unmanaged
    {
        if (!Completing)
        {
            RequireWarps();
            *(T*)PostedSlot() = value;
            WaitForWarp();
        }

        return Completing;
    }

    public T FromWarpLane<T>(int laneInWarp)
        where T : unmanaged => *(T*)WarpSlot(laneInWarp);

    public void WarpBarrier()
    {
        if (!Completing)
        {
            RequireWarps();
            WaitForWarp();
        }
        else if (LaneInWarp == 0)
        {
            // All lanes of the warp have arrived; lane 0 goes on first.
            _warpEpochs[Warp]++;
        }
    }

    /// <summary>Where the running lane puts what it shows to its warp.</summary>
    public byte* PostedSlot() => _warpSlots + ((((_warpOperations[Warp] & 1) * (long)_slotLanes) + Lane) * SlotBytes);

    /// <summary>What a lane of the running lane's warp has shown.</summary>
    public byte* WarpSlot(int laneInWarp)
    {
        int lane = (Warp * WarpSize) + laneInWarp;
        return lane < GroupSize
            ? _warpSlots + (((((_warpOperations[Warp] - 1) & 1) * (long)_slotLanes) + lane) * SlotBytes)
            : throw Fault(FaultKind.InvalidOperation, $"lane {laneInWarp} of the warp is not part of a group of {GroupSize}");
    }

    /// <summary>The registers that the lanes of the running lane's warp had before a collective instruction.</summary>
    public PtxLane[] PostedLanes(PtxProgram program, int count)
    {
        if (_postedWarp != Warp || _postedOperation != _warpOperations[Warp])
        {
            for (int lane = 0; lane < WarpSize; lane++)
            {
                _posted[lane] = new PtxLane(this, new ReadOnlySpan<ulong>(WarpSlot(lane), count).ToArray(), []);
                _posted[lane].Execute(program.Before);
            }

            _postedWarp = Warp;
            _postedOperation = _warpOperations[Warp];
        }

        return _posted;
    }

    /// <summary>Called by collective PTX once its operands are posted.</summary>
    public void PostToWarp()
    {
        RequireWarps();
        WaitForWarp();
    }

    private byte* GroupSlot(int lane, int epoch) => _groupSlots + ((((epoch & 1) * (long)_slotLanes) + lane) * SlotBytes);

    private void RequireWarps()
    {
        if (Accelerator is CLAccelerator { Capabilities.SubGroups: false })
        {
            throw new CapabilityNotSupportedException(
                $"{_launch.Name} ({Line(Site)}): {Accelerator.Name} has no sub-groups, hence no warp operations; use shared memory.");
        }
    }

    private void ReleaseWarp(int warp)
    {
        _warpOperations[warp]++;
        _launch.Counters.WarpOperations++;
    }

    private void BeginExchange()
    {
        if (_slotLanes < GroupSize)
        {
            _slotLanes = GroupSize;
            NativeMemory.AlignedFree(_groupSlots);
            NativeMemory.AlignedFree(_warpSlots);
            _groupSlots = (byte*)NativeMemory.AlignedAlloc((nuint)(2 * _slotLanes * SlotBytes), 64);
            _warpSlots = (byte*)NativeMemory.AlignedAlloc((nuint)(2 * _slotLanes * SlotBytes), 64);
        }

        _groupEpoch = 0;
        _predicateEpoch = -1;
        _postedWarp = -1;
        _posted = new PtxLane[WarpSize];
        _warpOperations = new int[Warps];
        _warpEpochs = new uint[Warps];
    }
}
