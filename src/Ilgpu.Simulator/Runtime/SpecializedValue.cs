namespace ILGPU.Runtime;

public static class SpecializedValue
{
    public static SpecializedValue<T> New<T>(T value)
        where T : unmanaged, IEquatable<T> => new(value);
}

/// <summary>A kernel argument that ILGPU compiles in as a constant; an ordinary argument here.</summary>
public readonly struct SpecializedValue<T>(T value) : IEquatable<SpecializedValue<T>>
    where T : unmanaged, IEquatable<T>
{
    public T Value { get; } = value;

    public static implicit operator T(SpecializedValue<T> value) => value.Value;

    public static bool operator ==(SpecializedValue<T> first, SpecializedValue<T> second) => first.Equals(second);

    public static bool operator !=(SpecializedValue<T> first, SpecializedValue<T> second) => !first.Equals(second);

    public bool Equals(SpecializedValue<T> other) => Value.Equals(other.Value);

    public override bool Equals(object? obj) => obj is SpecializedValue<T> other && Equals(other);

    public override int GetHashCode() => Value.GetHashCode();
}
