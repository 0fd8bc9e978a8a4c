namespace ILGPU;

public readonly struct Index3D : IIntIndex<Index3D, LongIndex3D>, IIntrinsicIndex, IEquatable<Index3D>
{
    public static readonly Index3D Invalid = new(-1, -1, -1);
    public static readonly Index3D Zero = new(0, 0, 0);
    public static readonly Index3D One = new(1, 1, 1);

    public Index3D(int value)
        : this(value, value, value)
    {
    }

    public Index3D(int x, int y, int z)
    {
        X = x;
        Y = y;
        Z = z;
    }

    public int X { get; }

    public int Y { get; }

    public int Z { get; }

    public bool IsFirst => X == 0 && Y == 0 && Z == 0;

    public int Size => X * Y * Z;

    public long LongSize => (long)X * Y * Z;

    long IIndex.Size => LongSize;

    public IndexType IndexType => IndexType.Index3D;

    public static implicit operator Index3D((int, int, int) values) => new(values.Item1, values.Item2, values.Item3);

    public static implicit operator LongIndex3D(Index3D index) => index.ToLongIndex();

    public static Index3D operator +(Index3D first, Index3D second) => new(first.X + second.X, first.Y + second.Y, first.Z + second.Z);

    public static Index3D Add(Index3D first, Index3D second) => first + second;

    public static Index3D operator -(Index3D first, Index3D second) => new(first.X - second.X, first.Y - second.Y, first.Z - second.Z);

    public static Index3D Subtract(Index3D first, Index3D second) => first - second;

    public static Index3D operator *(Index3D first, Index3D second) => new(first.X * second.X, first.Y * second.Y, first.Z * second.Z);

    public static Index3D Multiply(Index3D first, Index3D second) => first * second;

    public static Index3D operator /(Index3D first, Index3D second) => new(first.X / second.X, first.Y / second.Y, first.Z / second.Z);

    public static Index3D Divide(Index3D first, Index3D second) => first / second;

    public static bool operator ==(Index3D first, Index3D second) => first.Equals(second);

    public static bool operator !=(Index3D first, Index3D second) => !first.Equals(second);

    public static Index3D Min(Index3D first, Index3D second) => new(Math.Min(first.X, second.X), Math.Min(first.Y, second.Y), Math.Min(first.Z, second.Z));

    public static Index3D Max(Index3D first, Index3D second) => new(Math.Max(first.X, second.X), Math.Max(first.Y, second.Y), Math.Max(first.Z, second.Z));

    public static Index3D Clamp(Index3D value, Index3D min, Index3D max) => Max(min, Min(max, value));

    public LongIndex3D ToLongIndex() => new(X, Y, Z);

    public bool InBounds(Index3D dimension) => X >= 0 && X < dimension.X && Y >= 0 && Y < dimension.Y && Z >= 0 && Z < dimension.Z;

    public bool InBoundsInclusive(Index3D dimension) => X >= 0 && X <= dimension.X && Y >= 0 && Y <= dimension.Y && Z >= 0 && Z <= dimension.Z;

    public Index3D Add(Index3D rhs) => this + rhs;

    public Index3D Subtract(Index3D rhs) => this - rhs;

    public (int, int, int) ToValueTuple() => (X, Y, Z);

    public void Deconstruct(out int x, out int y, out int z)
    {
        x = X;
        y = Y;
        z = Z;
    }

    public bool Equals(Index3D other) => X == other.X && Y == other.Y && Z == other.Z;

    public override bool Equals(object? obj) => obj is Index3D other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(X, Y, Z);

    public override string ToString() => $"({X}, {Y}, {Z})";
}
