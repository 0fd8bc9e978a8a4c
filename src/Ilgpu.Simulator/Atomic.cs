using System.Runtime.CompilerServices;
using ILGPU.Simulation;

namespace ILGPU;

/// <summary>Atomic read-modify-write operations; each returns the value before the operation.</summary>
public static class Atomic
{
    public static int Add(ref int target, int value)
    {
        LaneContext.OnAtomic(ref target);
        int current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current + value, current);
        }
        while (seen != current);

        return current;
    }

    public static long Add(ref long target, long value)
    {
        LaneContext.OnAtomic(ref target);
        long current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current + value, current);
        }
        while (seen != current);

        return current;
    }

    public static uint Add(ref uint target, uint value)
    {
        LaneContext.OnAtomic(ref target);
        uint current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current + value, current);
        }
        while (seen != current);

        return current;
    }

    public static ulong Add(ref ulong target, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        ulong current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current + value, current);
        }
        while (seen != current);

        return current;
    }

    public static float Add(ref float target, float value)
    {
        LaneContext.OnAtomic(ref target);
        float current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current + value, current);
        }
        while (BitConverter.SingleToInt32Bits(seen) != BitConverter.SingleToInt32Bits(current));

        return current;
    }

    public static double Add(ref double target, double value)
    {
        LaneContext.OnAtomic(ref target);
        double current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current + value, current);
        }
        while (BitConverter.DoubleToInt64Bits(seen) != BitConverter.DoubleToInt64Bits(current));

        return current;
    }

    public static int Max(ref int target, int value)
    {
        LaneContext.OnAtomic(ref target);
        int current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Max(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static long Max(ref long target, long value)
    {
        LaneContext.OnAtomic(ref target);
        long current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Max(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static uint Max(ref uint target, uint value)
    {
        LaneContext.OnAtomic(ref target);
        uint current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Max(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static ulong Max(ref ulong target, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        ulong current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Max(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static float Max(ref float target, float value)
    {
        LaneContext.OnAtomic(ref target);
        float current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Max(current, value), current);
        }
        while (BitConverter.SingleToInt32Bits(seen) != BitConverter.SingleToInt32Bits(current));

        return current;
    }

    public static double Max(ref double target, double value)
    {
        LaneContext.OnAtomic(ref target);
        double current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Max(current, value), current);
        }
        while (BitConverter.DoubleToInt64Bits(seen) != BitConverter.DoubleToInt64Bits(current));

        return current;
    }

    public static int Min(ref int target, int value)
    {
        LaneContext.OnAtomic(ref target);
        int current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Min(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static long Min(ref long target, long value)
    {
        LaneContext.OnAtomic(ref target);
        long current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Min(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static uint Min(ref uint target, uint value)
    {
        LaneContext.OnAtomic(ref target);
        uint current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Min(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static ulong Min(ref ulong target, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        ulong current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Min(current, value), current);
        }
        while (seen != current);

        return current;
    }

    public static float Min(ref float target, float value)
    {
        LaneContext.OnAtomic(ref target);
        float current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Min(current, value), current);
        }
        while (BitConverter.SingleToInt32Bits(seen) != BitConverter.SingleToInt32Bits(current));

        return current;
    }

    public static double Min(ref double target, double value)
    {
        LaneContext.OnAtomic(ref target);
        double current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, Math.Min(current, value), current);
        }
        while (BitConverter.DoubleToInt64Bits(seen) != BitConverter.DoubleToInt64Bits(current));

        return current;
    }

    public static int And(ref int target, int value)
    {
        LaneContext.OnAtomic(ref target);
        int current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current & value, current);
        }
        while (seen != current);

        return current;
    }

    public static long And(ref long target, long value)
    {
        LaneContext.OnAtomic(ref target);
        long current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current & value, current);
        }
        while (seen != current);

        return current;
    }

    public static uint And(ref uint target, uint value)
    {
        LaneContext.OnAtomic(ref target);
        uint current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current & value, current);
        }
        while (seen != current);

        return current;
    }

    public static ulong And(ref ulong target, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        ulong current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current & value, current);
        }
        while (seen != current);

        return current;
    }

    public static int Or(ref int target, int value)
    {
        LaneContext.OnAtomic(ref target);
        int current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current | value, current);
        }
        while (seen != current);

        return current;
    }

    public static long Or(ref long target, long value)
    {
        LaneContext.OnAtomic(ref target);
        long current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current | value, current);
        }
        while (seen != current);

        return current;
    }

    public static uint Or(ref uint target, uint value)
    {
        LaneContext.OnAtomic(ref target);
        uint current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current | value, current);
        }
        while (seen != current);

        return current;
    }

    public static ulong Or(ref ulong target, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        ulong current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current | value, current);
        }
        while (seen != current);

        return current;
    }

    public static int Xor(ref int target, int value)
    {
        LaneContext.OnAtomic(ref target);
        int current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current ^ value, current);
        }
        while (seen != current);

        return current;
    }

    public static long Xor(ref long target, long value)
    {
        LaneContext.OnAtomic(ref target);
        long current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current ^ value, current);
        }
        while (seen != current);

        return current;
    }

    public static uint Xor(ref uint target, uint value)
    {
        LaneContext.OnAtomic(ref target);
        uint current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current ^ value, current);
        }
        while (seen != current);

        return current;
    }

    public static ulong Xor(ref ulong target, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        ulong current, seen = Volatile.Read(ref target);
        do
        {
            current = seen;
            seen = Interlocked.CompareExchange(ref target, current ^ value, current);
        }
        while (seen != current);

        return current;
    }

    public static int Exchange(ref int target, int value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.Exchange(ref target, value);
    }

    public static int CompareExchange(ref int target, int compare, int value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.CompareExchange(ref target, value, compare);
    }

    public static long Exchange(ref long target, long value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.Exchange(ref target, value);
    }

    public static long CompareExchange(ref long target, long compare, long value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.CompareExchange(ref target, value, compare);
    }

    public static uint Exchange(ref uint target, uint value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.Exchange(ref target, value);
    }

    public static uint CompareExchange(ref uint target, uint compare, uint value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.CompareExchange(ref target, value, compare);
    }

    public static ulong Exchange(ref ulong target, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.Exchange(ref target, value);
    }

    public static ulong CompareExchange(ref ulong target, ulong compare, ulong value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.CompareExchange(ref target, value, compare);
    }

    public static float Exchange(ref float target, float value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.Exchange(ref target, value);
    }

    public static float CompareExchange(ref float target, float compare, float value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.CompareExchange(ref target, value, compare);
    }

    public static double Exchange(ref double target, double value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.Exchange(ref target, value);
    }

    public static double CompareExchange(ref double target, double compare, double value)
    {
        LaneContext.OnAtomic(ref target);
        return Interlocked.CompareExchange(ref target, value, compare);
    }

    public static Index1D Add(ref Index1D target, Index1D value) => Add(ref Unsafe.As<Index1D, int>(ref target), value.X);

    public static Index1D Exchange(ref Index1D target, Index1D value) => Exchange(ref Unsafe.As<Index1D, int>(ref target), value.X);

    public static Index1D CompareExchange(ref Index1D target, Index1D compare, Index1D value) =>
        CompareExchange(ref Unsafe.As<Index1D, int>(ref target), compare.X, value.X);
}
