using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>How weights of one float type are read; the float product is compiled for each.</summary>
internal unsafe interface IFloatWeights
{
    /// <summary>Bytes of a value.</summary>
    static abstract int Size { get; }

    /// <summary>The values at <paramref name="source"/>, one per lane.</summary>
    static abstract TVector Load<TLanes, TVector>(byte* source)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged;

    /// <summary>The value at <paramref name="source"/>.</summary>
    static abstract float Load(byte* source);
}

/// <summary>IEEE half precision.</summary>
internal readonly unsafe struct HalfWeights : IFloatWeights
{
    public static int Size => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged => TLanes.LoadHalf(source);

    public static float Load(byte* source) => (float)BitConverter.UInt16BitsToHalf(*(ushort*)source);
}

/// <summary>bfloat16.</summary>
internal readonly unsafe struct BFloat16Weights : IFloatWeights
{
    public static int Size => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged => TLanes.LoadBFloat16(source);

    public static float Load(byte* source) => FloatConversion.BFloat16ToSingle(*(ushort*)source);
}

/// <summary>IEEE single precision.</summary>
internal readonly unsafe struct SingleWeights : IFloatWeights
{
    public static int Size => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load<TLanes, TVector>(byte* source)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged => TLanes.Load(source);

    public static float Load(byte* source) => *(float*)source;
}
