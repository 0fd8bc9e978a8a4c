using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>512-bit vectors.</summary>
internal readonly unsafe struct Lanes512 : ILanes<Vector512<int>>
{
    public static int Count => Vector512<int>.Count;

    public static Vector512<int> Zero => Vector512<int>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Load(void* source) => Vector512.Load((int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* destination, Vector512<int> value) => value.Store((int*)destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Broadcast(void* source) => Vector512.Create(*(int*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Create(float value) => Vector512.Create(value).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LowNibbles(Vector512<int> value) => value & Vector512.Create(0x0F0F0F0F);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> HighNibbles(Vector512<int> value) => (value >>> 4) & Vector512.Create(0x0F0F0F0F);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadNibbles(byte* source) =>
        Vector512.Create(Lanes256.LoadNibbles(source), Lanes256.LoadNibbles(source + 4));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LowByte(Vector512<int> value) => value & Vector512.Create(0xFF);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ShiftRightByte(Vector512<int> value) => value >>> 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyInt(Vector512<int> left, Vector512<int> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> AddInt(Vector512<int> left, Vector512<int> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyPairs(Vector512<int> left, Vector512<int> right) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(left.AsInt16(), right.AsInt16())
        : Vector512.Create(Lanes256.MultiplyPairs(left.GetLower(), right.GetLower()), Lanes256.MultiplyPairs(left.GetUpper(), right.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Pair(Vector512<int> low, Vector512<int> high) => (low & Vector512.Create(0xFFFF)) | (high << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ShiftLeftInt(Vector512<int> value, int count) => value << count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> SubtractInt(Vector512<int> left, Vector512<int> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> ToFloat(Vector512<int> value) => Vector512.ConvertToSingle(value).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Add(Vector512<int> left, Vector512<int> right) => (left.AsSingle() + right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Subtract(Vector512<int> left, Vector512<int> right) => (left.AsSingle() - right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Divide(Vector512<int> left, Vector512<int> right) => (left.AsSingle() / right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Max(Vector512<int> left, Vector512<int> right) => Vector512.MaxNative(left.AsSingle(), right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> SelectLess(Vector512<int> left, Vector512<int> right, Vector512<int> less, Vector512<int> other) =>
        Vector512.ConditionalSelect(Vector512.LessThan(left.AsSingle(), right.AsSingle()).AsInt32(), less, other);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool LessAny(Vector512<int> left, Vector512<int> right) => Vector512.LessThanAny(left.AsSingle(), right.AsSingle());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Multiply(Vector512<int> left, Vector512<int> right) => (left.AsSingle() * right.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> FusedMultiplyAdd(Vector512<int> left, Vector512<int> right, Vector512<int> addend) =>
        Vector512.FusedMultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd(Vector512<int> left, Vector512<int> right, Vector512<int> addend) =>
        VectorMath.MultiplyAdd(left.AsSingle(), right.AsSingle(), addend.AsSingle()).AsInt32();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MaxMagnitude(Vector512<int> magnitude, Vector512<int> value) => Vector512.Max(magnitude, value & Vector512.Create(int.MaxValue));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Largest(Vector512<int> magnitudes) => Lanes256.Largest(Vector256.Max(magnitudes.GetLower(), magnitudes.GetUpper()));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector512<int> value) =>
        Lanes256.Sum((value.AsSingle().GetLower() + value.AsSingle().GetUpper()).AsInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadHalf(void* source)
    {
        // Sign-extended and shifted by 13, bit 31 is the sign and bits 13 to 27 the magnitude with an exponent 112 too small;
        // multiplying by 2^112 mends it and makes subnormals normal.
        var bits = (Extend(source).AsInt32() << 13) & Vector512.Create(unchecked((int)0x8FFFE000));
        return (bits.AsSingle() * Vector512.Create(BitConverter.UInt32BitsToSingle(0x77800000))).AsInt32();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> LoadBFloat16(void* source) => Extend(source) << 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<int> Extend(void* source)
    {
        var words = Vector256.Load((short*)source);
        return Avx512F.IsSupported ? Avx512F.ConvertToVector512Int32(words) : Vector512.Create(Vector256.WidenLower(words), Vector256.WidenUpper(words));
    }
}
