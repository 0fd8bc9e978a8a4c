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

    /// <summary>A float in every lane.</summary>
    static abstract TVector Create(float value);

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

    /// <summary>Sum of ints.</summary>
    static abstract TVector AddInt(TVector left, TVector right);

    /// <summary>Products of 16-bit integers, the two of each lane added.</summary>
    static abstract TVector MultiplyPairs(TVector left, TVector right);

    /// <summary>Low 16 bits of two vectors, those of <paramref name="high"/> shifted up: a lane's pair for <see cref="MultiplyPairs"/>.</summary>
    static abstract TVector Pair(TVector low, TVector high);

    /// <summary>Ints times two to the power of <paramref name="count"/>.</summary>
    static abstract TVector ShiftLeftInt(TVector value, int count);

    /// <summary>Difference of ints.</summary>
    static abstract TVector SubtractInt(TVector left, TVector right);

    /// <summary>Ints to floats.</summary>
    static abstract TVector ToFloat(TVector value);

    /// <summary>Sum of floats.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>Difference of floats.</summary>
    static abstract TVector Subtract(TVector left, TVector right);

    /// <summary>Quotient of floats.</summary>
    static abstract TVector Divide(TVector left, TVector right);

    /// <summary>The larger of two floats, neither of them NaN.</summary>
    static abstract TVector Max(TVector left, TVector right);

    /// <summary><paramref name="less"/> in the lanes where left is less than right as float, <paramref name="other"/> in the others, NaN among them.</summary>
    static abstract TVector SelectLess(TVector left, TVector right, TVector less, TVector other);

    /// <summary>Whether a lane of left is less than right's, as float.</summary>
    static abstract bool LessAny(TVector left, TVector right);

    /// <summary>Product of floats.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>left * right + addend in floats, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>left * right + addend in floats, rounded as <see cref="VectorMath.MultiplyAdd(float, float, float)"/> rounds.</summary>
    static abstract TVector MultiplyAdd(TVector left, TVector right, TVector addend);

    /// <summary>The larger of a magnitude and that of a float; infinity is above all numbers, NaN above infinity.</summary>
    static abstract TVector MaxMagnitude(TVector magnitude, TVector value);

    /// <summary>The largest of the lanes, magnitudes as <see cref="MaxMagnitude"/> makes them.</summary>
    static abstract float Largest(TVector magnitudes);

    /// <summary>Sum of the float lanes, halves folded onto each other until one is left.</summary>
    static abstract float Sum(TVector value);

    /// <summary><see cref="Count"/> finite fp16 values as floats.</summary>
    static abstract TVector LoadHalf(void* source);

    /// <summary><see cref="Count"/> bf16 values as floats.</summary>
    static abstract TVector LoadBFloat16(void* source);
}
