using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Squeezes values smoothly into (-cap, cap).</summary>
/// <remarks>
/// <para>Math: <c>y = cap * tanh(x / cap)</c>.</para>
/// <para>Source: Gemma 2, arXiv:2408.00118.</para>
/// </remarks>
internal static unsafe class Softcap
{
    /// <summary>The definition, in double.</summary>
    public static double Reference(double x, double cap) => cap * Math.Tanh(x / cap);

    /// <summary>Caps <paramref name="count"/> values in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, nint count, float cap)
    {
        var caps = Vector256.Create(cap);
        nint i = 0;
        for (; i + 8 <= count; i += 8)
        {
            Apply(Vector256.Load(x + i), caps).Store(x + i);
        }

        if (i < count)
        {
            VectorMath.StorePartial(Apply(VectorMath.LoadPartial(x + i, count - i), caps), x + i, count - i);
        }
    }

    /// <summary>Eight values at once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x, Vector256<float> cap) => cap * VectorMath.Tanh(x / cap);
}
