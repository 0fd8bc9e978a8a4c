using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Applies an activation to every element, alone or as the gate of another vector; the definition is <see cref="Activations.Reference"/>.</summary>
/// <remarks>
/// <para>Math: <c>y = act(x)</c>, or <c>gate = act(gate) * up</c>.</para>
/// <para>Shapes: gate and up are [rows, width], rows may lie side by side in a wider matrix.</para>
/// <para>Types: float.</para>
/// <para>Launch: a thread for each element, 256 a group.</para>
/// <para>Limit: memory; 12 bytes per element.</para>
/// <para>Source: GELU arXiv:1606.08415; gated units Shazeer, 2020, arXiv:2002.05202.</para>
/// </remarks>
internal sealed class ActivationKernel
{
    private const int Threads = 256;

    private readonly Action<AcceleratorStream, KernelConfig, int, ArrayView<float>, ArrayView<float>, int, int, int> _threadPerElement;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public ActivationKernel(Accelerator accelerator) =>
        _threadPerElement = accelerator.LoadKernel<int, ArrayView<float>, ArrayView<float>, int, int, int>(ThreadPerElement);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="activation">Which function.</param>
    /// <param name="gate">[rows, width]; receives the result.</param>
    /// <param name="up">[rows, width]; empty where the activation stands alone.</param>
    /// <param name="upStride">Floats from one row of up to the next; 0 where all rows have the same.</param>
    /// <param name="stride">Floats from one row of the gate to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="width">Elements of a row.</param>
    public void Run(AcceleratorStream stream, Activation activation, ArrayView<float> gate, ArrayView<float> up, int upStride, int stride, int rows, int width) =>
        _threadPerElement(stream, new KernelConfig(new Index3D((width + Threads - 1) / Threads, rows, 1), new Index3D(Threads, 1, 1)), (int)activation, gate, up, upStride, stride, width);

    private static void ThreadPerElement(int activation, ArrayView<float> gate, ArrayView<float> up, int upStride, int stride, int width)
    {
        int column = (Grid.IdxX * Threads) + Group.IdxX;
        if (column < width)
        {
            long index = ((long)Grid.IdxY * stride) + column;
            float value = Apply(activation, gate[index]);
            gate[index] = up.Length > 0 ? value * up[((long)Grid.IdxY * upStride) + column] : value;
        }
    }

    private static float Apply(int activation, float x)
    {
        switch ((Activation)activation)
        {
            case Activation.Silu:
                return x * Sigmoid(x);
            case Activation.GeluErf:
                return GeluErf(x);
            case Activation.GeluTanh:
                // (1 + tanh u) / 2 is sigmoid(2u), which does not cancel for negative u.
                return x * Sigmoid(1.5957691216057308f * ((0.044715f * x * x * x) + x));
            case Activation.QuickGelu:
                return x * Sigmoid(1.702f * x);
            case Activation.Relu:
                return IntrinsicMath.Max(x, 0);
            case Activation.Relu2:
                float positive = IntrinsicMath.Max(x, 0);
                return positive * positive;
            case Activation.Sigmoid:
                return Sigmoid(x);
            default:
                return XMath.Tanh(x);
        }
    }

    private static float Sigmoid(float x) => 1 / (1 + XMath.Exp(-x));

    // 1 - Phi(|x|) by Abramowitz and Stegun 7.1.26 (error of erf at most 1.5e-7); taken for x from the side where it is small, so nothing cancels.
    private static float GeluErf(float x)
    {
        float z = IntrinsicMath.Abs(x) * 0.70710678118654752f;
        float t = 1 / ((z * 0.3275911f) + 1);
        float p = (((((((1.061405429f * t) - 1.453152027f) * t) + 1.421413741f) * t) - 0.284496736f) * t) + 0.254829592f;
        float tail = 0.5f * p * t * XMath.Exp(-(z * z));
        return x * (x < 0 ? tail : 1 - tail);
    }
}
