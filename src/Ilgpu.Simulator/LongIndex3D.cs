namespace ILGPU;

public readonly struct LongIndex3D : ILongIndex<LongIndex3D, Index3D>, IIntrinsicIndex, IEquatable<LongIndex3D>
{
    public static readonly LongIndex3D Invalid = new(-1, -1, -1);
    public static readonly LongIndex3D Zero = new(0, 0, 0);
    public static readonly LongIndex3D One = new(1, 1, 1);

    public LongIndex3D(long value)
        : this(value, value, value)
    {
    }

    public LongIndex3D(long x, long y, long z)
    {
        X = x;
        Y = y;
        Z = z;
    }

    public long X { get; }

    public long Y { get; }

    public long Z { get; }

    public bool IsFirst => X == 0 && Y == 0 && Z == 0;

    public long Size => X * Y * Z;

    long IIndex.Size => Size;

    public IndexType IndexType => IndexType.LongIndex3D;

    public static explicit operator Index3D(LongIndex3D index) => index.ToIntIndex();

    public static LongIndex3D operator +(LongIndex3D first, LongIndex3D second) => new(first.X + second.X, first.Y + second.Y, first.Z + second.Z);

    public static LongIndex3D Add(LongIndex3D first, LongIndex3D second) => first + second;

    public static LongIndex3D operator -(LongIndex3D first, LongIndex3D second) => new(first.X - second.X, first.Y - second.Y, first.Z - second.Z);

    public static LongIndex3D Subtract(LongIndex3D first, LongIndex3D second) => first - second;

    public static LongIndex3D operator *(LongIndex3D first, LongIndex3D second) => new(first.X * second.X, first.Y * second.Y, first.Z * second.Z);

    public static LongIndex3D Multiply(LongIndex3D first, LongIndex3D second) => first * second;

    public static LongIndex3D operator /(LongIndex3D first, LongIndex3D second) => new(first.X / second.X, first.Y / second.Y, first.Z / second.Z);

    public static LongIndex3D Divide(LongIndex3D first, LongIndex3D second) => first / second;

    public static bool operator ==(LongIndex3D first, LongIndex3D second) => first.Equals(second);

    public static bool operator !=(LongIndex3D first, LongIndex3D second) => !first.Equals(second);

    public static LongIndex3D Min(LongIndex3D first, LongIndex3D second) => new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y), Math.Min(first.Z, second.Z));

    public static LongIndex3D Max(LongIndex3D first, LongIndex3D second) => new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y), Math.Max(first.Z, second.Z));

    public static LongIndex3D Clamp(LongIndex3D value, LongIndex3D min, LongIndex3D max) => Max(min, Min(max, value));

    public Index3D ToIntIndex() => new(checked((int)X), checked((int)Y), checked((int)Z));

    public bool InBounds(LongIndex3D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y && Z >= 0 && Z < dimension.Z;

    public bool InBoundsInclusive(LongIndex3D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y && Z >= 0 && Z <= dimension.Z;

    public LongIndex3D Add(LongIndex3D rhs) => this + rhs;

    public LongIndex3D Subtract(LongIndex3D rhs) => this - rhs;

    public bool Equals(LongIndex3D other) => X == other.X && Y == other.Y && Z == other.Z;

    public override bool Equals(object? obj) => obj is LongIndex3D other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(X, Y, Z);

    public override string ToString() => $"({X}, {Y}, {Z})";
}
