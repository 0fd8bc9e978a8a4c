using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Reads and writes elements of the KV cache that are stored as <typeparamref name="TStored"/>.</summary>
internal unsafe interface IKvElement<TStored>
    where TStored : unmanaged
{
    /// <summary>Stores eight elements.</summary>
    static abstract void Store(Vector256<float> value, TStored* destination);

    /// <summary>One element as float.</summary>
    static abstract float ToFloat(TStored element);

    /// <summary>Loads an element per lane, as float.</summary>
    static abstract TVector Load<TLanes, TVector>(TStored* source)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged;
}

/// <summary>Floats as they are.</summary>
internal readonly unsafe struct SingleKvElement : IKvElement<float>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, float* destination) => value.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(float element) => element;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(float* source)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged => TLanes.Load(source);
}

/// <summary>fp16, finite values only: storing saturates, so loading needs no case for infinity.</summary>
internal readonly unsafe struct HalfKvElement : IKvElement<short>
{
    private const float Largest = 65504;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<float> value, short* destination)
    {
        var finite = Vector256.Min(Vector256.Max(value, Vector256.Create(-Largest)), Vector256.Create(Largest));
        FloatConversion.SingleToHalf(finite).AsInt16().Store(destination);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(short element) => (float)BitConverter.Int16BitsToHalf(element);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(short* source)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged => TLanes.LoadHalf(source);

    /// <summary>Converts <paramref name="count"/> elements to float, and asks for those <paramref name="ahead"/> bytes further.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Expand(short* source, float* destination, nint count, nint ahead)
    {
        nint i = 0;
        for (; Vector512.IsHardwareAccelerated && i + 16 <= count; i += 16)
        {
            CacheLine.Prefetch((byte*)(source + i) + ahead);
            Lanes512.Store(destination + i, Lanes512.LoadHalf(source + i));
        }

        for (; i + 8 <= count; i += 8)
        {
            CacheLine.Prefetch((byte*)(source + i) + ahead);
            Lanes256.Store(destination + i, Lanes256.LoadHalf(source + i));
        }

        if (i < count)
        {
            short* last = stackalloc short[8];
            new Span<short>(source + i, (int)(count - i)).CopyTo(new Span<short>(last, 8));
            VectorMath.StorePartial(Lanes256.LoadHalf(last).AsSingle(), destination + i, count - i);
        }
    }
}
