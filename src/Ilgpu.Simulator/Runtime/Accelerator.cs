using ILGPU.Simulation;

namespace ILGPU.Runtime;

/// <summary>A device in use: allocates its memory and runs kernels on it.</summary>
public abstract class Accelerator : IDisposable
{
    private const int LargestAutoGroup = 256;

    [ThreadStatic]
    private static Accelerator? s_current;

    private long _used;
    private bool _isDisposed;

    private protected Accelerator(Context context, Device device)
    {
        Context = context;
        Device = device;
        DefaultStream = CreateStream();
        s_current = this;
    }

    public static AcceleratorType CurrentType => LaneContext.Required.Accelerator.AcceleratorType;

    public static Accelerator? Current => s_current;

    public Context Context { get; }

    public Device Device { get; }

    public AcceleratorStream DefaultStream { get; }

    public AcceleratorType AcceleratorType => Device.AcceleratorType;

    public string Name => Device.Name;

    public long MemorySize => Device.MemorySize;

    public Index3D MaxGridSize => Device.MaxGridSize;

    public Index3D MaxGroupSize => Device.MaxGroupSize;

    public int MaxNumThreadsPerGroup => Device.MaxNumThreadsPerGroup;

    public int MaxSharedMemoryPerGroup => Device.MaxSharedMemoryPerGroup;

    public int MaxConstantMemory => Device.MaxConstantMemory;

    public int WarpSize => Device.WarpSize;

    public int NumMultiprocessors => Device.NumMultiprocessors;

    public int MaxNumThreadsPerMultiprocessor => Device.MaxNumThreadsPerMultiprocessor;

    public int MaxNumThreads => Device.MaxNumThreads;

    public CapabilityContext Capabilities => Device.Capabilities;

    internal SimulationSettings Simulation { get; } = new();

    internal int AutoGroupSize => Math.Min(MaxNumThreadsPerGroup, LargestAutoGroup);

    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(long length)
        where T : unmanaged => new(this, length, default);

    public MemoryBuffer1D<T, TStride> Allocate1D<T, TStride>(long length, TStride stride)
        where T : unmanaged
        where TStride : struct, IStride1D => new(this, length, stride);

    public MemoryBuffer AllocateRaw(long length, int elementSize) => new RawMemoryBuffer(this, length, elementSize);

    public AcceleratorStream CreateStream() => new SimulatedStream(this);

    public void Synchronize() => ObjectDisposedException.ThrowIf(_isDisposed, this);

    public void Bind() => s_current = this;

    public override string ToString() => Device.ToString();

    public void Dispose()
    {
        _isDisposed = true;
        if (s_current == this)
        {
            s_current = null;
        }

        GC.SuppressFinalize(this);
    }

    internal SimulatedKernel Compile(Delegate action, bool implicitlyGrouped, int? maxGroupSize = null) =>
        new(this, action, implicitlyGrouped, Math.Min(maxGroupSize ?? MaxNumThreadsPerGroup, MaxNumThreadsPerGroup));

    internal void Reserve(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) > MemorySize)
        {
            long used = Interlocked.Add(ref _used, -bytes);
            throw OutOfMemory($"{Name}: {bytes} bytes asked for, {MemorySize - used} of {MemorySize} free.");
        }
    }

    internal void Release(long bytes) => Interlocked.Add(ref _used, -bytes);

    private protected virtual Exception OutOfMemory(string message) => new InsufficientMemoryException(message);
}
