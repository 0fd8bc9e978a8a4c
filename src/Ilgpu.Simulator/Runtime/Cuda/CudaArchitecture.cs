namespace ILGPU.Runtime.Cuda;

/// <summary>The compute capability of an NVIDIA GPU.</summary>
public readonly struct CudaArchitecture(int major, int minor) : IEquatable<CudaArchitecture>, IComparable<CudaArchitecture>
{
    public static readonly CudaArchitecture SM_61 = new(6, 1);
    public static readonly CudaArchitecture SM_70 = new(7, 0);
    public static readonly CudaArchitecture SM_75 = new(7, 5);
    public static readonly CudaArchitecture SM_80 = new(8, 0);
    public static readonly CudaArchitecture SM_86 = new(8, 6);
    public static readonly CudaArchitecture SM_89 = new(8, 9);
    public static readonly CudaArchitecture SM_90 = new(9, 0);
    public static readonly CudaArchitecture SM_100 = new(10, 0);
    public static readonly CudaArchitecture SM_120 = new(12, 0);

    public int Major { get; } = major;

    public int Minor { get; } = minor;

    public static bool operator ==(CudaArchitecture first, CudaArchitecture second) => first.Equals(second);

    public static bool operator !=(CudaArchitecture first, CudaArchitecture second) => !first.Equals(second);

    public static bool operator <(CudaArchitecture first, CudaArchitecture second) => first.CompareTo(second) < 0;

    public static bool operator <=(CudaArchitecture first, CudaArchitecture second) => first.CompareTo(second) <= 0;

    public static bool operator >(CudaArchitecture first, CudaArchitecture second) => first.CompareTo(second) > 0;

    public static bool operator >=(CudaArchitecture first, CudaArchitecture second) => first.CompareTo(second) >= 0;

    public bool Equals(CudaArchitecture other) => Major == other.Major && Minor == other.Minor;

    public int CompareTo(CudaArchitecture other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    public override bool Equals(object? obj) => obj is CudaArchitecture other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Major, Minor);

    public override string ToString() => $"SM_{Major}{Minor}";
}
