using System.Runtime.CompilerServices;

namespace ILGPU.Simulation;

/// <summary>One execution of inline PTX by one lane: the text and the addresses of the arguments.</summary>
internal unsafe ref struct PtxCall
{
    private const int MaxArguments = 44;

    private readonly LaneContext _context;
    private readonly PtxProgram _program;
    private Arguments _addresses;
    private Arguments _sizes;
    private int _count;

    private PtxCall(LaneContext context, PtxProgram program)
    {
        _context = context;
        _program = program;
    }

    public static PtxCall Begin(string asm)
    {
        var context = LaneContext.Required;
        if (context.Accelerator.AcceleratorType != Runtime.AcceleratorType.Cuda)
        {
            throw context.Fault(FaultKind.InvalidOperation, "inline PTX on a device that is not CUDA; ask CudaAsm.IsSupported first");
        }

        return new PtxCall(context, PtxProgram.Parse(asm));
    }

    public PtxCall Input<T>(ref T value)
        where T : struct => Ref(ref value);

    public PtxCall Output<T>(ref T value)
        where T : struct => Ref(ref value);

    /// <summary>Adds an argument, which lies on the stack or in the lane's frame and does not move.</summary>
    public PtxCall Ref<T>(ref T value)
        where T : struct
    {
        _addresses[_count] = (nint)Unsafe.AsPointer(ref value);
        _sizes[_count++] = Unsafe.SizeOf<T>();
        return this;
    }

    public void Run()
    {
        if (_program.Collective is null)
        {
            var lane = new PtxLane(_context, LoadArguments(), []);
            lane.Execute(_program.Statements);
            Store(lane);
        }
        else if (!_context.Completing)
        {
            LoadArguments().CopyTo(new Span<ulong>(_context.PostedSlot(), MaxArguments));
            _context.PostToWarp();
        }
        else
        {
            var posted = _context.PostedLanes(_program, _count);
            var lane = new PtxLane(_context, posted[_context.LaneInWarp]);
            PtxWarp.Execute(_program.Collective, _context, lane, posted);
            lane.Execute(_program.After);
            Store(lane);
        }
    }

    private readonly ulong[] LoadArguments()
    {
        ulong[] values = new ulong[_count];
        for (int i = 0; i < _count; i++)
        {
            Buffer.MemoryCopy((void*)_addresses[i], Unsafe.AsPointer(ref values[i]), sizeof(ulong), _sizes[i]);
        }

        return values;
    }

    private readonly void Store(PtxLane lane)
    {
        foreach (int argument in lane.Written)
        {
            ulong value = lane.Arguments[argument];
            Buffer.MemoryCopy(&value, (void*)_addresses[argument], _sizes[argument], _sizes[argument]);
        }
    }

    [InlineArray(MaxArguments)]
    private struct Arguments
    {
        private nint _first;
    }
}
