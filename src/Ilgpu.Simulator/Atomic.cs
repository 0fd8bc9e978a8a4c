using System.Runtime.CompilerServices;
using ILGPU.Simulation;

namespace ILGPU;

/// <summary>Atomic read-modify-write operations; each returns the value before the operation.</summary>
public static class Atomic
{
    public static int Add(ref int target, int value) => Change(ref target, value, static (a, b) => a + b);

    public static long Add(ref long target, long value) => Change(ref target, value, static (a, b) => a + b);

    public static uint Add(ref uint target, uint value) => Change(ref target, value, static (a, b) => a + b);

    public static ulong Add(ref ulong target, ulong value) => Change(ref target, value, static (a, b) => a + b);

    public static float Add(ref float target, float value) => Change(ref target, value, static (a, b) => a + b);

    public static double Add(ref double target, double value) => Change(ref target, value, static (a, b) => a + b);

    public static int Max(ref int target, int value) => Change(ref target, value, Math.Max);

    public static long Max(ref long target, long value) => Change(ref target, value, Math.Max);

    public static uint Max(ref uint target, uint value) => Change(ref target, value, Math.Max);

    public static ulong Max(ref ulong target, ulong value) => Change(ref target, value, Math.Max);

    public static float Max(ref float target, float value) => Change(ref target, value, Math.Max);

    public static double Max(ref double target, double value) => Change(ref target, value, Math.Max);

    public static int Min(ref int target, int value) => Change(ref target, value, Math.Min);

    public static long Min(ref long target, long value) => Change(ref target, value, Math.Min);

    public static uint Min(ref uint target, uint value) => Change(ref target, value, Math.Min);

    public static ulong Min(ref ulong target, ulong value) => Change(ref target, value, Math.Min);

    public static float Min(ref float target, float value) => Change(ref target, value, Math.Min);

    public static double Min(ref double target, double value) => Change(ref target, value, Math.Min);

    public static int And(ref int target, int value) => Change(ref target, value, static (a, b) => a & b);

    public static long And(ref long target, long value) => Change(ref target, value, static (a, b) => a & b);

    public static uint And(ref uint target, uint value) => Change(ref target, value, static (a, b) => a & b);

    public static ulong And(ref ulong target, ulong value) => Change(ref target, value, static (a, b) => a & b);

    public static int Or(ref int target, int value) => Change(ref target, value, static (a, b) => a | b);

    public static long Or(ref long target, long value) => Change(ref target, value, static (a, b) => a | b);

    public static uint Or(ref uint target, uint value) => Change(ref target, value, static (a, b) => a | b);

    public static ulong Or(ref ulong target, ulong value) => Change(ref target, value, static (a, b) => a | b);

    public static int Xor(ref int target, int value) => Change(ref target, value, static (a, b) => a ^ b);

    public static long Xor(ref long target, long value) => Change(ref target, value, static (a, b) => a ^ b);

    public static uint Xor(ref uint target, uint value) => Change(ref target, value, static (a, b) => a ^ b);

    public static ulong Xor(ref ulong target, ulong value) => Change(ref target, value, static (a, b) => a ^ b);

    public static int Exchange(ref int target, int value) => Change(ref target, value, static (_, b) => b);

    public static long Exchange(ref long target, long value) => Change(ref target, value, static (_, b) => b);

    public static uint Exchange(ref uint target, uint value) => Change(ref target, value, static (_, b) => b);

    public static ulong Exchange(ref ulong target, ulong value) => Change(ref target, value, static (_, b) => b);

    public static float Exchange(ref float target, float value) => Change(ref target, value, static (_, b) => b);

    public static double Exchange(ref double target, double value) => Change(ref target, value, static (_, b) => b);

    public static int CompareExchange(ref int target, int compare, int value) => ChangeFrom(ref target, compare, value);

    public static long CompareExchange(ref long target, long compare, long value) => ChangeFrom(ref target, compare, value);

    public static uint CompareExchange(ref uint target, uint compare, uint value) => ChangeFrom(ref target, compare, value);

    public static ulong CompareExchange(ref ulong target, ulong compare, ulong value) => ChangeFrom(ref target, compare, value);

    public static float CompareExchange(ref float target, float compare, float value) => ChangeFrom(ref target, compare, value);

    public static double CompareExchange(ref double target, double compare, double value) => ChangeFrom(ref target, compare, value);

    public static Index1D Add(ref Index1D target, Index1D value) => Add(ref Unsafe.As<Index1D, int>(ref target), value.X);

    public static Index1D Exchange(ref Index1D target, Index1D value) => Exchange(ref Unsafe.As<Index1D, int>(ref target), value.X);

    public static Index1D CompareExchange(ref Index1D target, Index1D compare, Index1D value) =>
        CompareExchange(ref Unsafe.As<Index1D, int>(ref target), compare.X, value.X);

    private static T Change<T>(ref T target, T value, Func<T, T, T> combine)
        where T : unmanaged
    {
        LaneContext.OnAtomic(ref target);
        T current, seen = target;
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, combine(current, value), current);
        }
        while (!HaveSameBits(seen, current));

        return current;
    }

    private static T ChangeFrom<T>(ref T target, T compare, T value)
        where T : unmanaged
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.CompareExchange(ref target, value, compare);
    }

    // NaN is not equal to itself, and 0 is to -0.
    private static bool HaveSameBits<T>(T first, T second)
        where T : unmanaged => Unsafe.SizeOf<T>() == sizeof(int)
            ? Unsafe.BitCast<T, int>(first) == Unsafe.BitCast<T, int>(second)
            : Unsafe.BitCast<T, long>(first) == Unsafe.BitCast<T, long>(second);
}
