using System.Runtime.InteropServices;

namespace ILGPU.Simulation;

/// <content>Lets the lanes run by turns: a warp until all its lanes wait for the group, then the next warp.</content>
internal sealed unsafe partial class LaneContext
{
    private const int Finished = -1;

    private LaneStatus[] _status = [];
    private int[] _state = [];
    private int[] _waitSite = [];
    private byte* _frames;
    private nuint _frameBytes;
    private LaneStatus _pending;
    private Index3D _placedDim;

    private enum LaneStatus : byte
    {
        Ready,
        AtWarpOperation,
        AtGroupBarrier,
        Finished,
    }

    private int Warps => (GroupSize + WarpSize - 1) / WarpSize;

    /// <summary>Prepares for the groups of a launch.</summary>
    public void Begin(Launch launch)
    {
        _launch = launch;
        (GridDimX, GridDimY, GridDimZ) = launch.GridDim;
        (GroupDimX, GroupDimY, GroupDimZ) = launch.GroupDim;
        GroupSize = launch.GroupDim.Size;
        WarpSize = Accelerator.WarpSize;
        if (_places.Length != GroupSize || _placedDim != launch.GroupDim)
        {
            _placedDim = launch.GroupDim;
            PlaceLanes();
        }

        if (_state.Length < GroupSize)
        {
            _state = new int[GroupSize];
            _status = new LaneStatus[GroupSize];
            _waitSite = new int[GroupSize];
        }

        nuint frameBytes = (nuint)(GroupSize * launch.Kernel.FrameSize);
        if (_frameBytes < frameBytes)
        {
            NativeMemory.AlignedFree(_frames);
            _frames = (byte*)NativeMemory.AlignedAlloc(frameBytes, 64);
            _frameBytes = frameBytes;
        }

        BeginExchange();
        BeginMemory();
    }

    /// <summary>Ends the launch.</summary>
    public void End() => EndMemory();

    /// <summary>Runs all lanes of a group to their end.</summary>
    public void RunGroup(int group)
    {
        SelectGroup(group);
        BeginGroupMemory();
        NativeMemory.Clear(_frames, (nuint)(GroupSize * _launch.Kernel.FrameSize));
        Array.Clear(_state);
        Array.Fill(_status, LaneStatus.Ready);
        if (_launch.Extent is not null)
        {
            long rest = _launch.Extent.Size - ((long)group * GroupSize);
            for (long lane = Math.Max(rest, 0); lane < GroupSize; lane++)
            {
                _status[lane] = LaneStatus.Finished;
            }
        }

        var outer = s_current;
        s_current = this;
        try
        {
            do
            {
                for (int warp = 0; warp < Warps; warp++)
                {
                    RunWarp(warp);
                }
            }
            while (ReleaseGroup());
        }
        finally
        {
            s_current = outer;
        }
    }

    /// <summary>Called by a group-wide operation: the lane goes on when all lanes of the group have come.</summary>
    private void WaitForGroup() => _pending = LaneStatus.AtGroupBarrier;

    /// <summary>Called by a warp-wide operation: the lane goes on when all lanes of the warp have come.</summary>
    private void WaitForWarp() => _pending = LaneStatus.AtWarpOperation;

    private void RunWarp(int warp)
    {
        int start = warp * WarpSize;
        int end = Math.Min(start + WarpSize, GroupSize);
        bool isWaiting;
        do
        {
            for (int lane = start; lane < end; lane++)
            {
                if (_status[lane] == LaneStatus.Ready)
                {
                    RunLane(lane);
                }
            }

            CountWarp(start, end);
            isWaiting = _status.AsSpan(start, end - start).Contains(LaneStatus.AtWarpOperation);
            if (isWaiting)
            {
                Release(start, end, LaneStatus.AtWarpOperation, "warp");
                ReleaseWarp(warp);
            }
        }
        while (isWaiting);
    }

    private void RunLane(int lane)
    {
        SelectLane(lane);
        try
        {
            _state[lane] = _launch.Kernel.Body(this, _launch.Arguments, (nint)_frames + (lane * _launch.Kernel.FrameSize), _state[lane]);
        }
        catch (Exception exception) when (exception is not (SimulationException or CapabilityNotSupportedException or NotSupportedException))
        {
            throw Fault(FaultKind.Exception, exception.Message, null, exception);
        }

        _status[lane] = _state[lane] == Finished ? LaneStatus.Finished : _pending;
        _waitSite[lane] = Site;
        if (_state[lane] == Finished)
        {
            FinishCopies();
        }
    }

    /// <summary>Lets the group go on past its barrier; false if all lanes have finished.</summary>
    private bool ReleaseGroup()
    {
        var lanes = _status.AsSpan(0, GroupSize);
        if (!lanes.ContainsAnyExcept(LaneStatus.Finished))
        {
            return false;
        }

        Release(0, GroupSize, LaneStatus.AtGroupBarrier, "group");
        _groupEpoch++;
        _launch.Counters.Barriers++;
        return true;
    }

    private void Release(int start, int end, LaneStatus awaited, string whole)
    {
        int first = start + _status.AsSpan(start, end - start).IndexOf(awaited);
        for (int lane = start; lane < end; lane++)
        {
            if (_status[lane] != awaited || _state[lane] != _state[first])
            {
                int other = lane;
                SelectLane(first);
                Site = _waitSite[first];
                throw Fault(
                    FaultKind.BarrierDivergence,
                    $"the lane waits for its {whole} here, but lane {other} has " +
                    (_status[other] == LaneStatus.Finished ? "finished" : $"come to wait at {Line(_waitSite[other])}"));
            }
        }

        _status.AsSpan(start, end - start).Clear();
    }
}
