namespace ILGPU.Runtime;

/// <summary>What the compiler may assume of the groups; without effect here but for a check of the group's size.</summary>
public readonly struct KernelSpecialization(int? maxNumThreadsPerGroup, int? minNumGroupsPerMultiprocessor) : IEquatable<KernelSpecialization>
{
    public static readonly KernelSpecialization Empty;

    public int? MaxNumThreadsPerGroup { get; } = maxNumThreadsPerGroup;

    public int? MinNumGroupsPerMultiprocessor { get; } = minNumGroupsPerMultiprocessor;

    public static bool operator ==(KernelSpecialization first, KernelSpecialization second) => first.Equals(second);

    public static bool operator !=(KernelSpecialization first, KernelSpecialization second) => !first.Equals(second);

    public bool IsCompatibleWith(Accelerator accelerator) => MaxNumThreadsPerGroup is not { } most || most <= accelerator.MaxNumThreadsPerGroup;

    public bool Equals(KernelSpecialization other) =>
        MaxNumThreadsPerGroup == other.MaxNumThreadsPerGroup && MinNumGroupsPerMultiprocessor == other.MinNumGroupsPerMultiprocessor;

    public override bool Equals(object? obj) => obj is KernelSpecialization other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(MaxNumThreadsPerGroup, MinNumGroupsPerMultiprocessor);
}
