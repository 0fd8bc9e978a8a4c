using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Turns pairs of elements of each query or key head by an angle that grows with the token's position.</summary>
/// <remarks>
/// <para>Math: <c>(a, b) -> (a cos - b sin, b cos + a sin)</c> with cos and sin of <c>position * inverseFrequency[i]</c>, times the attention factor.</para>
/// <para>Shapes: x is [tokens, heads, headDim], turned in place; cos and sin are [tokens, rotaryDim / 2]. Elements from rotaryDim on stay as they are.</para>
/// <para>Types: float; the angles are computed in double, because position * frequency in float loses the small angles of far positions.</para>
/// <para>Source: Su et al., 2021, arXiv:2104.09864.</para>
/// </remarks>
internal static unsafe class Rope
{
    /// <summary>Largest rotary dimension.</summary>
    public const int MaxRotaryDim = 512;

    /// <summary>The definition in plain C#, which every other version is tested against; one head.</summary>
    /// <param name="style">Which elements make a pair.</param>
    /// <param name="x">The head before, [headDim].</param>
    /// <param name="position">Position of the token.</param>
    /// <param name="inverseFrequencies">Radians per position, [rotaryDim / 2].</param>
    /// <param name="attentionFactor">Factor on cosine and sine.</param>
    /// <param name="y">The head after, [headDim]; not <paramref name="x"/> itself.</param>
    public static void Reference(RopeStyle style, ReadOnlySpan<float> x, int position, ReadOnlySpan<double> inverseFrequencies, double attentionFactor, Span<float> y)
    {
        int pairs = inverseFrequencies.Length;
        x.CopyTo(y);
        for (int i = 0; i < pairs; i++)
        {
            var (sin, cos) = Math.SinCos(position * inverseFrequencies[i]);
            (int a, int b) = style == RopeStyle.Half ? (i, i + pairs) : (2 * i, (2 * i) + 1);
            (int c, int d) = style == RopeStyle.Interleaved ? (2 * i, (2 * i) + 1) : (i, i + pairs);
            y[c] = (float)(attentionFactor * ((x[a] * cos) - (x[b] * sin)));
            y[d] = (float)(attentionFactor * ((x[b] * cos) + (x[a] * sin)));
        }
    }

    /// <summary>Fills the cosines and sines of a run of tokens that share their frequencies.</summary>
    /// <param name="inverseFrequencies">Radians per position, [pairs].</param>
    /// <param name="attentionFactor">Factor on cosine and sine.</param>
    /// <param name="positions">Position of each token, [tokens].</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="pairs">Half the rotary dimension.</param>
    /// <param name="cos">Output, [tokens, pairs].</param>
    /// <param name="sin">Output, [tokens, pairs].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FillTable(double* inverseFrequencies, double attentionFactor, int* positions, int tokens, int pairs, float* cos, float* sin)
    {
        for (int token = 0; token < tokens; token++)
        {
            for (int i = 0; i < pairs; i++)
            {
                var (s, c) = Math.SinCos(positions[token] * inverseFrequencies[i]);
                *cos++ = (float)(c * attentionFactor);
                *sin++ = (float)(s * attentionFactor);
            }
        }
    }

    /// <summary>Turns all heads of <paramref name="tokens"/> tokens in place.</summary>
    /// <param name="style">Which elements make a pair.</param>
    /// <param name="x">First element to turn, of the first head of the first token.</param>
    /// <param name="tokenStride">Floats from one token to the next.</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="heads">Heads to do.</param>
    /// <param name="headStride">Floats from one head to the next.</param>
    /// <param name="rotaryDim">Elements of a head that are turned; even, at most <see cref="MaxRotaryDim"/>.</param>
    /// <param name="cos">Cosines, [tokens, rotaryDim / 2].</param>
    /// <param name="sin">Sines, [tokens, rotaryDim / 2].</param>
    public static void Run(RopeStyle style, float* x, nint tokenStride, int tokens, int heads, nint headStride, int rotaryDim, float* cos, float* sin)
    {
        int pairs = rotaryDim / 2;
        for (int token = 0; token < tokens; token++, x += tokenStride, cos += pairs, sin += pairs)
        {
            for (int head = 0; head < heads; head++)
            {
                float* row = x + (head * headStride);
                switch (style)
                {
                    case RopeStyle.Half:
                        Half(row, pairs, cos, sin);
                        break;
                    case RopeStyle.Interleaved:
                        Interleaved(row, pairs, cos, sin);
                        break;
                    default:
                        InterleavedToHalf(row, pairs, cos, sin);
                        break;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Half(float* x, int pairs, float* cos, float* sin)
    {
        int i = 0;
        for (; i + 8 <= pairs; i += 8)
        {
            var a = Vector256.Load(x + i);
            var b = Vector256.Load(x + pairs + i);
            var c = Vector256.Load(cos + i);
            var s = Vector256.Load(sin + i);
            ((a * c) - (b * s)).Store(x + i);
            ((b * c) + (a * s)).Store(x + pairs + i);
        }

        for (; i < pairs; i++)
        {
            (x[i], x[pairs + i]) = ((x[i] * cos[i]) - (x[pairs + i] * sin[i]), (x[pairs + i] * cos[i]) + (x[i] * sin[i]));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Interleaved(float* x, int pairs, float* cos, float* sin)
    {
        // Lanes hold a0 b0 a1 b1 ..; swapping neighbours and negating the even sines gives a cos - b sin beside b cos + a sin.
        var negateEven = Vector256.Create(-0f, 0f, -0f, 0f, -0f, 0f, -0f, 0f);
        var twice = Vector256.Create(0, 0, 1, 1, 2, 2, 3, 3);
        int i = 0;
        for (; i + 4 <= pairs; i += 4)
        {
            var value = Vector256.Load(x + (2 * i));
            var c = Vector256.Shuffle(Vector128.Load(cos + i).ToVector256Unsafe(), twice);
            var s = Vector256.Shuffle(Vector128.Load(sin + i).ToVector256Unsafe(), twice);
            var swapped = Vector256.Shuffle(value, Vector256.Create(1, 0, 3, 2, 5, 4, 7, 6));
            ((value * c) + (swapped * (s ^ negateEven))).Store(x + (2 * i));
        }

        for (; i < pairs; i++)
        {
            float a = x[2 * i];
            float b = x[(2 * i) + 1];
            x[2 * i] = (a * cos[i]) - (b * sin[i]);
            x[(2 * i) + 1] = (b * cos[i]) + (a * sin[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void InterleavedToHalf(float* x, int pairs, float* cos, float* sin)
    {
        float* before = stackalloc float[MaxRotaryDim];
        new ReadOnlySpan<float>(x, 2 * pairs).CopyTo(new Span<float>(before, MaxRotaryDim));
        for (int i = 0; i < pairs; i++)
        {
            float a = before[2 * i];
            float b = before[(2 * i) + 1];
            x[i] = (a * cos[i]) - (b * sin[i]);
            x[pairs + i] = (b * cos[i]) + (a * sin[i]);
        }
    }
}
