using System.Collections.Concurrent;
using System.Reflection;
using ILGPU.Runtime;

namespace ILGPU.Simulation;

/// <summary>A loaded kernel: compiles it on first use, with and without checks, and runs its groups.</summary>
internal sealed class SimulatedKernel
{
    private readonly Accelerator _accelerator;
    private readonly MethodInfo _method;
    private readonly bool _implicitlyGrouped;
    private readonly int _maxGroupSize;
    private readonly int _argumentBytes;
    private readonly Lazy<CompiledKernel> _plain;
    private readonly Lazy<CompiledKernel> _checked;
    private readonly ConcurrentBag<LaneContext> _contexts = [];

    public SimulatedKernel(Accelerator accelerator, Delegate action, bool implicitlyGrouped, int maxGroupSize)
    {
        _accelerator = accelerator;
        _implicitlyGrouped = implicitlyGrouped;
        _maxGroupSize = maxGroupSize;
        _method = action.Method;
        Name = $"{_method.DeclaringType?.Name}.{_method.Name}";
        _argumentBytes = _method.GetParameters().Sum(parameter => KernelCompiler.ArgumentBytes(parameter.ParameterType));
        _plain = new(() => KernelCompiler.Compile(_method, implicitlyGrouped, false));
        _checked = new(() => KernelCompiler.Compile(_method, implicitlyGrouped, true));

        // Compiled here so that a kernel a GPU could not run is refused where it is loaded.
        _ = accelerator.Simulation.Checks ? _checked.Value : _plain.Value;
    }

    public string Name { get; }

    public KernelArguments Arguments()
    {
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        return new KernelArguments(_argumentBytes, allocated);
    }

    public void Launch(AcceleratorStream stream, KernelConfig config, KernelArguments arguments) =>
        Run(config.GridDim, config.GroupDim, config.SharedMemoryConfig.ArraySize, null, arguments);

    public void LaunchImplicit<TIndex>(AcceleratorStream stream, TIndex extent, int groupSize, KernelArguments arguments)
        where TIndex : struct, IIndex
    {
        if (extent.Size > 0)
        {
            int groups = checked((int)((extent.Size + groupSize - 1) / groupSize));
            Run(new Index3D(groups, 1, 1), new Index3D(groupSize, 1, 1), 0, extent, arguments);
        }
    }

    private void Run(Index3D gridDim, Index3D groupDim, int dynamicSharedBytes, IIndex? extent, KernelArguments arguments)
    {
        if (gridDim.LongSize < 1 || gridDim.LongSize > int.MaxValue || groupDim.LongSize < 1)
        {
            throw new ArgumentOutOfRangeException(nameof(gridDim), $"{Name}: a grid of {gridDim} groups of {groupDim} lanes cannot be launched.");
        }

        if (groupDim.LongSize > _maxGroupSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(groupDim), $"{Name}: a group of {groupDim.LongSize} lanes; the kernel has at most {_maxGroupSize} on {_accelerator.Name}.");
        }

        var settings = _accelerator.Simulation;
        settings.PlantedReached = false;
        bool isInstrumented = settings.Checks || settings.Counting || settings.Planted is not null;
        var compiled = settings.Planted is { } fault ? KernelCompiler.Compile(_method, _implicitlyGrouped, true, fault) : isInstrumented ? _checked.Value : _plain.Value;
        var counters = new LaunchCounters(Name) { Groups = gridDim.Size };
        var launch = new Launch(_accelerator, Name, compiled, arguments.Address, gridDim, groupDim, dynamicSharedBytes, extent, counters);

        // Checked groups run in order: shadow memory is not shared between threads, and faults must not depend on timing.
        if (isInstrumented || gridDim.Size == 1)
        {
            RunGroups(launch, 0, gridDim.Size);
        }
        else
        {
            int parts = Math.Min(Environment.ProcessorCount, gridDim.Size);
            try
            {
                Parallel.For(0, parts, part => RunGroups(
                    launch, (int)((long)gridDim.Size * part / parts), (int)((long)gridDim.Size * (part + 1) / parts)));
            }
            catch (AggregateException exception) when (exception.InnerException is not null)
            {
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(exception.InnerException);
            }
        }

        settings.LastLaunch = counters;
        GC.KeepAlive(arguments);
        settings.LaunchAllocations += GC.GetAllocatedBytesForCurrentThread() - arguments.AllocatedBefore;
    }

    private void RunGroups(Launch launch, int start, int end)
    {
        if (!_contexts.TryTake(out var context))
        {
            context = new LaneContext();
        }

        context.PlantedReached = false;
        context.Begin(launch);
        for (int group = start; group < end; group++)
        {
            context.RunGroup(group);
        }

        _accelerator.Simulation.PlantedReached |= context.PlantedReached;
        // A context that a fault left in the middle of a group is not used again.
        context.End();
        _contexts.Add(context);
    }
}

/// <summary>One launch of a kernel.</summary>
internal sealed record Launch(
    Accelerator Accelerator,
    string Name,
    CompiledKernel Kernel,
    nint Arguments,
    Index3D GridDim,
    Index3D GroupDim,
    int DynamicSharedBytes,
    IIndex? Extent,
    LaunchCounters Counters);
