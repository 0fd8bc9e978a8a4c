using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>Reads and writes elements of the KV cache that are stored as <typeparamref name="TStored"/>.</summary>
internal unsafe interface IKvElement<TStored>
    where TStored : unmanaged
{
    /// <summary>Stores eight elements.</summary>
    static abstract void Store(Vector256<float> value, TStored* destination);

    /// <summary>Loads eight elements.</summary>
    static abstract Vector256<float> Load(TStored* source);
}

/// <summary>Floats as they are.</summary>
internal readonly unsafe struct SingleKvElement : IKvElement<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);
}

/// <summary>fp16, finite values only: storing saturates, so loading needs no case for infinity.</summary>
internal readonly unsafe struct HalfKvElement : IKvElement<short>
{
    private const float Largest = 65504;

    // The sign bit, and all bits below the copies of the sign that widening has made.
    private const int SignAndMagnitude = unchecked((int)0x8FFFFFFF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, short* destination)
    {
        var finite = Vector256.Min(Vector256.Max(value, Vector256.Create(-Largest)), Vector256.Create(Largest));
        FloatConversion.SingleToHalf(finite).AsInt16().Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(short* source)
    {
        Vector256<int> wide;
        if (Avx2.IsSupported)
        {
            wide = Avx2.ConvertToVector256Int32(source);
        }
        else
        {
            var half = Vector128.Load(source);
            wide = Vector256.Create(Vector128.WidenLower(half), Vector128.WidenUpper(half));
        }

        // Shifted by 13 the exponent is 112 too small; multiplying by 2^112 mends it and makes subnormals normal.
        return ((wide << 13) & Vector256.Create(SignAndMagnitude)).AsSingle() * Vector256.Create(BitConverter.UInt32BitsToSingle(0x77800000));
    }

    /// <summary>Converts <paramref name="count"/> elements to float.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Expand(short* source, float* destination, nint count)
    {
        nint i = 0;
        for (; Vector512.IsHardwareAccelerated && i + 16 <= count; i += 16)
        {
            Lanes512.Store(destination + i, Lanes512.LoadHalf(source + i));
        }

        for (; i + 8 <= count; i += 8)
        {
            Load(source + i).Store(destination + i);
        }

        if (i < count)
        {
            short* last = stackalloc short[8];
            new Span<short>(source + i, (int)(count - i)).CopyTo(new Span<short>(last, 8));
            VectorMath.StorePartial(Load(last), destination + i, count - i);
        }
    }
}
