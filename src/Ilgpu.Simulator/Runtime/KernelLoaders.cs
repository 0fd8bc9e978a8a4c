namespace ILGPU.Runtime;

/// <summary>Turns a kernel method into a launcher; one overload for each number of kernel parameters.</summary>
public static class KernelLoaders
{
    public static Action<AcceleratorStream, KernelConfig, T1> LoadKernel<T1>(this Accelerator accelerator, Action<T1> action)
        where T1 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<KernelConfig, T1> LoadStreamKernel<T1>(this Accelerator accelerator, Action<T1> action)
        where T1 : struct
    {
        var launch = accelerator.LoadKernel(action);
        return (config, a1) => launch(accelerator.DefaultStream, config, a1);
    }

    public static Action<AcceleratorStream, KernelConfig, T1> LoadKernel<T1>(this Accelerator accelerator, Action<T1> action, KernelSpecialization specialization)
        where T1 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1) => kernel.Launch(stream, config, kernel.Arguments().Add(a1));
    }

    public static Action<AcceleratorStream, TIndex, T1> LoadImplicitlyGroupedKernel<TIndex, T1>(this Accelerator accelerator, Action<TIndex, T1> action, int customGroupSize)
        where TIndex : struct, IIndex
        where T1 : struct
    {
        var kernel = accelerator.Compile(action, true);
        return (stream, extent, a1) => kernel.LaunchImplicit(stream, extent, customGroupSize, kernel.Arguments().Add(a1));
    }

    public static Action<TIndex, T1> LoadImplicitlyGroupedStreamKernel<TIndex, T1>(this Accelerator accelerator, Action<TIndex, T1> action, int customGroupSize)
        where TIndex : struct, IIndex
        where T1 : struct
    {
        var launch = accelerator.LoadImplicitlyGroupedKernel(action, customGroupSize);
        return (extent, a1) => launch(accelerator.DefaultStream, extent, a1);
    }

    public static Action<TIndex, T1> LoadAutoGroupedStreamKernel<TIndex, T1>(this Accelerator accelerator, Action<TIndex, T1> action)
        where TIndex : struct, IIndex
        where T1 : struct =>
        accelerator.LoadImplicitlyGroupedStreamKernel(action, accelerator.AutoGroupSize);

    public static Action<AcceleratorStream, KernelConfig, T1, T2> LoadKernel<T1, T2>(this Accelerator accelerator, Action<T1, T2> action)
        where T1 : struct
        where T2 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<KernelConfig, T1, T2> LoadStreamKernel<T1, T2>(this Accelerator accelerator, Action<T1, T2> action)
        where T1 : struct
        where T2 : struct
    {
        var launch = accelerator.LoadKernel(action);
        return (config, a1, a2) => launch(accelerator.DefaultStream, config, a1, a2);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2> LoadKernel<T1, T2>(this Accelerator accelerator, Action<T1, T2> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2));
    }

    public static Action<AcceleratorStream, TIndex, T1, T2> LoadImplicitlyGroupedKernel<TIndex, T1, T2>(this Accelerator accelerator, Action<TIndex, T1, T2> action, int customGroupSize)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
    {
        var kernel = accelerator.Compile(action, true);
        return (stream, extent, a1, a2) => kernel.LaunchImplicit(stream, extent, customGroupSize, kernel.Arguments().Add(a1).Add(a2));
    }

    public static Action<TIndex, T1, T2> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2>(this Accelerator accelerator, Action<TIndex, T1, T2> action, int customGroupSize)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
    {
        var launch = accelerator.LoadImplicitlyGroupedKernel(action, customGroupSize);
        return (extent, a1, a2) => launch(accelerator.DefaultStream, extent, a1, a2);
    }

    public static Action<TIndex, T1, T2> LoadAutoGroupedStreamKernel<TIndex, T1, T2>(this Accelerator accelerator, Action<TIndex, T1, T2> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct =>
        accelerator.LoadImplicitlyGroupedStreamKernel(action, accelerator.AutoGroupSize);

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3> LoadKernel<T1, T2, T3>(this Accelerator accelerator, Action<T1, T2, T3> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<KernelConfig, T1, T2, T3> LoadStreamKernel<T1, T2, T3>(this Accelerator accelerator, Action<T1, T2, T3> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        var launch = accelerator.LoadKernel(action);
        return (config, a1, a2, a3) => launch(accelerator.DefaultStream, config, a1, a2, a3);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3> LoadKernel<T1, T2, T3>(this Accelerator accelerator, Action<T1, T2, T3> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2, a3) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2).Add(a3));
    }

    public static Action<AcceleratorStream, TIndex, T1, T2, T3> LoadImplicitlyGroupedKernel<TIndex, T1, T2, T3>(this Accelerator accelerator, Action<TIndex, T1, T2, T3> action, int customGroupSize)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        var kernel = accelerator.Compile(action, true);
        return (stream, extent, a1, a2, a3) => kernel.LaunchImplicit(stream, extent, customGroupSize, kernel.Arguments().Add(a1).Add(a2).Add(a3));
    }

    public static Action<TIndex, T1, T2, T3> LoadImplicitlyGroupedStreamKernel<TIndex, T1, T2, T3>(this Accelerator accelerator, Action<TIndex, T1, T2, T3> action, int customGroupSize)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        var launch = accelerator.LoadImplicitlyGroupedKernel(action, customGroupSize);
        return (extent, a1, a2, a3) => launch(accelerator.DefaultStream, extent, a1, a2, a3);
    }

    public static Action<TIndex, T1, T2, T3> LoadAutoGroupedStreamKernel<TIndex, T1, T2, T3>(this Accelerator accelerator, Action<TIndex, T1, T2, T3> action)
        where TIndex : struct, IIndex
        where T1 : struct
        where T2 : struct
        where T3 : struct =>
        accelerator.LoadImplicitlyGroupedStreamKernel(action, accelerator.AutoGroupSize);

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4> LoadKernel<T1, T2, T3, T4>(this Accelerator accelerator, Action<T1, T2, T3, T4> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<KernelConfig, T1, T2, T3, T4> LoadStreamKernel<T1, T2, T3, T4>(this Accelerator accelerator, Action<T1, T2, T3, T4> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
    {
        var launch = accelerator.LoadKernel(action);
        return (config, a1, a2, a3, a4) => launch(accelerator.DefaultStream, config, a1, a2, a3, a4);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4> LoadKernel<T1, T2, T3, T4>(this Accelerator accelerator, Action<T1, T2, T3, T4> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2, a3, a4) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2).Add(a3).Add(a4));
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5> LoadKernel<T1, T2, T3, T4, T5>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<KernelConfig, T1, T2, T3, T4, T5> LoadStreamKernel<T1, T2, T3, T4, T5>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
    {
        var launch = accelerator.LoadKernel(action);
        return (config, a1, a2, a3, a4, a5) => launch(accelerator.DefaultStream, config, a1, a2, a3, a4, a5);
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5> LoadKernel<T1, T2, T3, T4, T5>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2, a3, a4, a5) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2).Add(a3).Add(a4).Add(a5));
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6> LoadKernel<T1, T2, T3, T4, T5, T6>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6> LoadKernel<T1, T2, T3, T4, T5, T6>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2, a3, a4, a5, a6) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6));
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7> LoadKernel<T1, T2, T3, T4, T5, T6, T7>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6, T7> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7> LoadKernel<T1, T2, T3, T4, T5, T6, T7>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6, T7> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2, a3, a4, a5, a6, a7) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7));
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8> LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6, T7, T8> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8> LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6, T7, T8> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2, a3, a4, a5, a6, a7, a8) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8));
    }

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9> LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9> action)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct => accelerator.LoadKernel(action, KernelSpecialization.Empty);

    public static Action<AcceleratorStream, KernelConfig, T1, T2, T3, T4, T5, T6, T7, T8, T9> LoadKernel<T1, T2, T3, T4, T5, T6, T7, T8, T9>(this Accelerator accelerator, Action<T1, T2, T3, T4, T5, T6, T7, T8, T9> action, KernelSpecialization specialization)
        where T1 : struct
        where T2 : struct
        where T3 : struct
        where T4 : struct
        where T5 : struct
        where T6 : struct
        where T7 : struct
        where T8 : struct
        where T9 : struct
    {
        var kernel = accelerator.Compile(action, false, specialization.MaxNumThreadsPerGroup);
        return (stream, config, a1, a2, a3, a4, a5, a6, a7, a8, a9) => kernel.Launch(stream, config, kernel.Arguments().Add(a1).Add(a2).Add(a3).Add(a4).Add(a5).Add(a6).Add(a7).Add(a8).Add(a9));
    }
}
