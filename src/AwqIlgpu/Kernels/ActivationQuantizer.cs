using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Quantises activations to int8, symmetric, one scale per token and block.</summary>
/// <remarks>
/// <para>Math: scale = max|x| / 127; q = round(x * (127 / max|x|)), half to even; a block of zeros has scale 0.</para>
/// <para>A NaN or infinity in a block gives a scale that is not finite, and so results that are not finite.</para>
/// </remarks>
internal static unsafe class ActivationQuantizer
{
    /// <summary>Largest magnitude that counts as zero: below it 127 / max overflows.</summary>
    private const float Tiny = 1e-36f;

    /// <summary>Quantises tokens <paramref name="start"/> to <paramref name="end"/>.</summary>
    /// <param name="x">[m, features], a row every <paramref name="stride"/> floats.</param>
    /// <param name="stride">Floats from a token to the next.</param>
    /// <param name="features">Columns of x, whole blocks; the destination takes them as often as it has room.</param>
    /// <param name="to">Destination.</param>
    /// <param name="start">First token.</param>
    /// <param name="end">One past the last token.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Quantize(float* x, nint stride, int features, in QuantizedActivations to, int start, int end)
    {
        int blockSize = to.BlockSize;
        for (int t = start; t < end; t++)
        {
            float* row = x + (t * stride);
            for (int block = 0; block < to.K / blockSize; block++)
            {
                long index = ((long)block * to.M) + t;
                Quantize(row + ((long)block * blockSize % features), blockSize, to.Values + (index * blockSize), to.Scales + index, to.NegativeSums + index);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Quantize(float* x, int count, sbyte* values, float* scale, int* negativeSum)
    {
        // Magnitudes compare as integers as they do as floats, with infinity and NaN above all others.
        var largest = Vector256<int>.Zero;
        for (int i = 0; i < count; i += 8)
        {
            largest = Vector256.Max(largest, Vector256.Load((int*)(x + i)) & Vector256.Create(int.MaxValue));
        }

        var half = Vector128.Max(largest.GetLower(), largest.GetUpper());
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(2, 3, 0, 1)));
        half = Vector128.Max(half, Vector128.Shuffle(half, Vector128.Create(1, 0, 3, 2)));
        float max = BitConverter.Int32BitsToSingle(half.ToScalar());
        bool isZero = max < Tiny;
        *scale = isZero ? 0 : max / 127;

        var inverse = Vector256.Create(isZero ? 0 : 127 / max);
        // Adding 1.5 * 2^23 leaves the integer, rounded half to even, in the low bits of the float.
        var magic = Vector256.Create(12582912f);
        var sum = Vector256<int>.Zero;
        for (int i = 0; i < count; i += 8)
        {
            var q = ((Vector256.Load(x + i) * inverse) + magic).AsInt32() - magic.AsInt32();
            sum += q;
            var words = Vector128.Narrow(q.GetLower(), q.GetUpper());
            *(long*)(values + i) = Vector128.Narrow(words, words).AsInt64().ToScalar();
        }

        *negativeSum = -Vector256.Sum(sum);
    }
}
