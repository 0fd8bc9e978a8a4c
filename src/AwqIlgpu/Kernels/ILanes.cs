namespace AwqIlgpu.Kernels;

/// <summary>What the kernels need of one vector width; a kernel is written once over this and compiled for each width.</summary>
/// <remarks>A vector is a row of 32-bit lanes, each an int, a float or four bytes as the operation says.</remarks>
/// <typeparam name="TVector">The hardware's vector, as ints.</typeparam>
internal unsafe interface ILanes<TVector>
    where TVector : struct
{
    /// <summary>32-bit lanes in a vector.</summary>
    static abstract int Count { get; }

    /// <summary>All lanes 0, as int and as float.</summary>
    static abstract TVector Zero { get; }

    /// <summary>Reads <see cref="Count"/> lanes; no alignment needed.</summary>
    static abstract TVector Load(void* source);

    /// <summary>Writes <see cref="Count"/> lanes; no alignment needed.</summary>
    static abstract void Store(void* destination, TVector value);

    /// <summary>The 32 bits at <paramref name="source"/> in every lane.</summary>
    static abstract TVector Broadcast(void* source);

    /// <summary>Low nibble of every byte.</summary>
    static abstract TVector LowNibbles(TVector value);

    /// <summary>High nibble of every byte.</summary>
    static abstract TVector HighNibbles(TVector value);

    /// <summary>Lane r takes nibble r of the bits at <paramref name="source"/>, as an int.</summary>
    static abstract TVector LoadNibbles(byte* source);

    /// <summary>Lowest byte of every lane, as an int.</summary>
    static abstract TVector LowByte(TVector value);

    /// <summary>Every lane one byte to the right; zero comes in.</summary>
    static abstract TVector ShiftRightByte(TVector value);

    /// <summary>Product of ints, low 32 bits.</summary>
    static abstract TVector MultiplyInt(TVector left, TVector right);

    /// <summary>Difference of ints.</summary>
    static abstract TVector SubtractInt(TVector left, TVector right);

    /// <summary>Ints to floats.</summary>
    static abstract TVector ToFloat(TVector value);

    /// <summary>Product of floats.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>left * right + addend in floats, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>left * right + addend in floats, rounded as <see cref="VectorMath.MultiplyAdd(float, float, float)"/> rounds.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>Sum of the float lanes, halves folded onto each other until one is left.</summary>
    static abstract float Sum(TVector value);

    /// <summary><see cref="Count"/> finite fp16 values as floats.</summary>
    static abstract TVector LoadHalf(void* source);

    /// <summary><see cref="Count"/> bf16 values as floats.</summary>
    static abstract TVector LoadBFloat16(void* source);
}
