using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>One activation: its definition and eight lanes of it.</summary>
internal interface IActivationFunction
{
    /// <summary>The definition, in double.</summary>
    static abstract double Define(double x);

    /// <summary>Eight values at once.</summary>
    static abstract Vector256<float> Apply(Vector256<float> x);
}

/// <summary>x * sigmoid(x).</summary>
internal readonly struct Silu : IActivationFunction
{
    public static double Define(double x) => x / (1 + Math.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x) => x / (Vector256.Create(1f) + VectorMath.Exp(-x));
}

/// <summary>x * Phi(x).</summary>
internal readonly struct GeluErf : IActivationFunction
{
    public static double Define(double x) => x * 0.5 * (1 + Erf(x / Math.Sqrt(2)));

    /// <remarks>
    /// 1 - Phi(|x|) by Abramowitz and Stegun 7.1.26 (error of erf at most 1.5e-7); taken for x from the side where it is small, so nothing cancels.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x)
    {
        var z = Vector256.Abs(x) * Vector256.Create(0.70710678118654752f);
        var t = Vector256.Create(1f) / VectorMath.MultiplyAdd(z, Vector256.Create(0.3275911f), Vector256.Create(1f));
        var p = Vector256.Create(1.061405429f);
        p = VectorMath.MultiplyAdd(p, t, Vector256.Create(-1.453152027f));
        p = VectorMath.MultiplyAdd(p, t, Vector256.Create(1.421413741f));
        p = VectorMath.MultiplyAdd(p, t, Vector256.Create(-0.284496736f));
        p = VectorMath.MultiplyAdd(p, t, Vector256.Create(0.254829592f));
        var upperTail = Vector256.Create(0.5f) * p * t * VectorMath.Exp(-(z * z));
        return x * Vector256.ConditionalSelect(Vector256.LessThan(x, Vector256<float>.Zero), upperTail, Vector256.Create(1f) - upperTail);
    }

    /// <summary>The error function: a series of positive terms up to 6, from where on it is 1 in double.</summary>
    private static double Erf(double x)
    {
        if (Math.Abs(x) > 6)
        {
            return Math.Sign(x);
        }

        double term = x;
        double sum = x;
        for (int n = 1; n < 200; n++)
        {
            term *= 2 * x * x / ((2 * n) + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}

/// <summary>GELU with the tanh approximation.</summary>
internal readonly struct GeluTanh : IActivationFunction
{
    public static double Define(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + (0.044715 * x * x * x))));

    /// <remarks>(1 + tanh u) / 2 is sigmoid(2u), which does not cancel for negative u.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x)
    {
        var twice = Vector256.Create(1.5957691216057308f) * VectorMath.MultiplyAdd(Vector256.Create(0.044715f) * x * x, x, x);
        return x / (Vector256.Create(1f) + VectorMath.Exp(-twice));
    }
}

/// <summary>x * sigmoid(1.702 x).</summary>
internal readonly struct QuickGelu : IActivationFunction
{
    public static double Define(double x) => x / (1 + Math.Exp(-1.702 * x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x) => x / (Vector256.Create(1f) + VectorMath.Exp(x * Vector256.Create(-1.702f)));
}

/// <summary>max(x, 0).</summary>
internal readonly struct Relu : IActivationFunction
{
    public static double Define(double x) => Math.Max(x, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x) => Vector256.Max(x, Vector256<float>.Zero);
}

/// <summary>max(x, 0)^2.</summary>
internal readonly struct Relu2 : IActivationFunction
{
    public static double Define(double x) => Math.Max(x, 0) * Math.Max(x, 0);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x)
    {
        var positive = Vector256.Max(x, Vector256<float>.Zero);
        return positive * positive;
    }
}

/// <summary>1 / (1 + e^-x).</summary>
internal readonly struct Sigmoid : IActivationFunction
{
    public static double Define(double x) => 1 / (1 + Math.Exp(-x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x) => Vector256.Create(1f) / (Vector256.Create(1f) + VectorMath.Exp(-x));
}

/// <summary>tanh(x).</summary>
internal readonly struct Tanh : IActivationFunction
{
    public static double Define(double x) => Math.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Apply(Vector256<float> x) => VectorMath.Tanh(x);
}
