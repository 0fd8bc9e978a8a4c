using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Applies an activation to every element, alone or as the gate of another vector.</summary>
/// <remarks>
/// <para>Math: <c>y = act(x)</c>, or <c>y = act(gate) * up</c>.</para>
/// <para>Types: float; within 2e-6 of the definition, absolute up to 1 and relative above.</para>
/// <para>Limit: memory for the simple ones, about 20 instructions per 8 values for those with an exponential.</para>
/// <para>Source: GELU arXiv:1606.08415; gated units Shazeer, 2020, arXiv:2002.05202.</para>
/// </remarks>
internal static unsafe class Activations
{
    /// <summary>The definition, in double.</summary>
    public static double Reference(Activation activation, double x) => activation switch
    {
        Activation.Silu => Silu.Define(x),
        Activation.GeluErf => GeluErf.Define(x),
        Activation.GeluTanh => GeluTanh.Define(x),
        Activation.QuickGelu => QuickGelu.Define(x),
        Activation.Relu => Relu.Define(x),
        Activation.Relu2 => Relu2.Define(x),
        Activation.Sigmoid => Sigmoid.Define(x),
        _ => Tanh.Define(x),
    };

    /// <summary>y = act(x).</summary>
    /// <param name="activation">Which function.</param>
    /// <param name="x">Input, [count].</param>
    /// <param name="y">Output, [count]; may be <paramref name="x"/> itself.</param>
    /// <param name="count">Elements to do.</param>
    public static void Run(Activation activation, float* x, float* y, nint count) => Gated(activation, x, null, y, count);

    /// <summary>y = act(gate) * up for rows that may lie side by side in one wider matrix.</summary>
    /// <param name="activation">Which function.</param>
    /// <param name="gate">Gate, [rows, width].</param>
    /// <param name="gateStride">Floats from one row of gate to the next.</param>
    /// <param name="up">Factor, [rows, width].</param>
    /// <param name="upStride">Floats from one row of up to the next.</param>
    /// <param name="y">Output, [rows, width]; may be <paramref name="gate"/> or <paramref name="up"/>.</param>
    /// <param name="yStride">Floats from one row of y to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="width">Elements of a row to do.</param>
    public static void RunGated(Activation activation, float* gate, nint gateStride, float* up, nint upStride, float* y, nint yStride, int rows, nint width)
    {
        for (int row = 0; row < rows; row++)
        {
            Gated(activation, gate + (row * gateStride), up + (row * upStride), y + (row * yStride), width);
        }
    }

    private static void Gated(Activation activation, float* gate, float* up, float* y, nint count)
    {
        switch (activation)
        {
            case Activation.Silu:
                Map<Silu>(gate, up, y, count);
                break;
            case Activation.GeluErf:
                Map<GeluErf>(gate, up, y, count);
                break;
            case Activation.GeluTanh:
                Map<GeluTanh>(gate, up, y, count);
                break;
            case Activation.QuickGelu:
                Map<QuickGelu>(gate, up, y, count);
                break;
            case Activation.Relu:
                Map<Relu>(gate, up, y, count);
                break;
            case Activation.Relu2:
                Map<Relu2>(gate, up, y, count);
                break;
            case Activation.Sigmoid:
                Map<Sigmoid>(gate, up, y, count);
                break;
            default:
                Map<Tanh>(gate, up, y, count);
                break;
        }
    }

    /// <summary>Without <paramref name="up"/> the activation alone.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Map<TFunction>(float* gate, float* up, float* y, nint count)
        where TFunction : struct, IActivationFunction
    {
        nint i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var value = TFunction.Apply(Vector256.Load(gate + i));
            (up is null ? value : value * Vector256.Load(up + i)).Store(y + i);
        }

        if (i < count)
        {
            var value = TFunction.Apply(VectorMath.LoadPartial(gate + i, count - i));
            VectorMath.StorePartial(up is null ? value : value * VectorMath.LoadPartial(up + i, count - i), y + i, count - i);
        }
    }
}
