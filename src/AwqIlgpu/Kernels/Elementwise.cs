using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Sums and products of vectors, element by element.</summary>
/// <remarks>
/// <para>Shapes: all vectors are [count]; the output may be any of the inputs.</para>
/// <para>Limit: memory. The definition of each is its formula.</para>
/// </remarks>
internal static unsafe class Elementwise
{
    /// <summary>y = a + b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* a, float* b, float* y, nint count)
    {
        nint i = 0;
        for (; i + 8 <= count; i += 8)
        {
            (Vector256.Load(a + i) + Vector256.Load(b + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = a[i] + b[i];
        }
    }

    /// <summary>y = a + scale * b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* a, float scale, float* b, float* y, nint count)
    {
        var scales = Vector256.Create(scale);
        nint i = 0;
        for (; i + 8 <= count; i += 8)
        {
            VectorMath.MultiplyAdd(scales, Vector256.Load(b + i), Vector256.Load(a + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = VectorMath.MultiplyAdd(scale, b[i], a[i]);
        }
    }

    /// <summary>y = a * b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, float* b, float* y, nint count)
    {
        nint i = 0;
        for (; i + 8 <= count; i += 8)
        {
            (Vector256.Load(a + i) * Vector256.Load(b + i)).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = a[i] * b[i];
        }
    }

    /// <summary>y = scale * a.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scale(float* a, float scale, float* y, nint count)
    {
        var scales = Vector256.Create(scale);
        nint i = 0;
        for (; i + 8 <= count; i += 8)
        {
            (Vector256.Load(a + i) * scales).Store(y + i);
        }

        for (; i < count; i++)
        {
            y[i] = a[i] * scale;
        }
    }
}
