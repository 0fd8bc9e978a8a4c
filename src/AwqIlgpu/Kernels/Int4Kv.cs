using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Kernels;

/// <summary>Keys and values in half bytes, with a scale and a zero point for every eight elements, themselves bytes under a range of the head.</summary>
/// <remarks>
/// <para>
/// Math: of a token's head, scale = unit * s and zero = low + step * z with bytes s and z for each group and fp16 unit, step and low for the head. Scale and zero point
/// start as the least squares of <see cref="Int4Fit"/>; q is chosen when they are rounded, so that their rounding adds no error of its own.
/// </para>
/// <para>
/// Layout: keys [headDimK / 2, BlockSize], elements d and d + 1, d even, in the low and the high half of a byte; then s and z [groups, 2, BlockSize]; then unit, step, low
/// [3, BlockSize]. Values [BlockSize, headDimV / 2], of 16 elements the first eight in the low halves and the others in the high ones; then [BlockSize, groups, 2]; then [BlockSize, 3].
/// </para>
/// <para>
/// Measured: SmolLM2-135M, WikiText-2, 6 windows of 1024, perplexity against a float cache: groups of 16 with fp16 scales, as many bits, +2.4 %; these +0.8 %;
/// keys alone +1.3 % and values alone +0.5 % of the 2.4. Over 40 windows of 1024, against an fp16 cache: +0.86 %.
/// </para>
/// <para>Source: groups as in FlexGen, arXiv:2303.06865; scales of scales as in llama.cpp's Q4_K.</para>
/// </remarks>
internal static unsafe class Int4Kv
{
    /// <summary>fp16 numbers that a token has for a head.</summary>
    public const int HeadHalves = 3;

    private const int Top = 15;
    private const int Group = KvBlockLayout.Int4Group;
    private const int BlockSize = KvBlockLayout.BlockSize;

    public static void WriteKey(in KvBlockLayout layout, float* turned, byte* head, int token)
    {
        int dims = layout.HeadDimK;
        int groups = KvBlockLayout.Int4Groups(dims);
        byte* levels = stackalloc byte[dims + 1];
        byte* scales = stackalloc byte[2 * groups];
        Half* range = stackalloc Half[HeadHalves];
        Round(turned, dims, levels, scales, range);
        levels[dims] = 0; // the partner of the last element of an odd head
        byte* to = head + token;
        for (int d = 0; d < dims; d += 2, to += BlockSize)
        {
            *to = (byte)(levels[d] | (levels[d + 1] << 4));
        }

        for (int i = 0; i < 2 * groups; i++, to += BlockSize)
        {
            *to = scales[i];
        }

        var halves = (Half*)(to - token) + token;
        for (int i = 0; i < HeadHalves; i++)
        {
            halves[i * BlockSize] = range[i];
        }
    }

    public static void WriteValue(in KvBlockLayout layout, float* value, byte* head, int token)
    {
        int dims = layout.HeadDimV;
        int groups = KvBlockLayout.Int4Groups(dims);
        byte* scales = head + (BlockSize * layout.ValueTokenBytes);
        var range = (Half*)(scales + (BlockSize * 2 * groups)) + (token * HeadHalves);
        byte* levels = stackalloc byte[dims + 1];
        Round(value, dims, levels, scales + (token * 2 * groups), range);
        levels[dims] = 0;
        byte* to = head + (token * layout.ValueTokenBytes);
        for (int start = 0; start < dims; start += 2 * Group)
        {
            int half = (Math.Min(2 * Group, dims - start) + 1) / 2;
            for (int i = 0; i < half; i++)
            {
                *to++ = (byte)(levels[start + i] | (levels[start + half + i] << 4));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ExpandKeys(in KvBlockLayout layout, byte* head, float* destination)
    {
        int dims = layout.HeadDimK;
        byte* scales = head + layout.KeyElementBytes;
        float* range = stackalloc float[HeadHalves * BlockSize];
        FloatConversion.HalfToSingle(new ReadOnlySpan<ushort>(scales + (2 * KvBlockLayout.Int4Groups(dims) * BlockSize), HeadHalves * BlockSize), new Span<float>(range, HeadHalves * BlockSize));
        for (int tokens = 0; tokens < BlockSize; tokens += 8)
        {
            var unit = Vector256.Load(range + tokens);
            var step = Vector256.Load(range + BlockSize + tokens);
            var low = Vector256.Load(range + (2 * BlockSize) + tokens);
            byte* from = head + tokens;
            byte* scaleFrom = scales + tokens;
            float* to = destination + tokens;
            for (int start = 0; start < dims; start += Group)
            {
                var scale = Vector256.ConvertToSingle(QuantizedKv.LoadBytes(scaleFrom)) * unit;
                var zero = (Vector256.ConvertToSingle(QuantizedKv.LoadBytes(scaleFrom + BlockSize)) * step) + low;
                scaleFrom += 2 * BlockSize;
                int end = Math.Min(start + Group, dims);
                for (int d = start; d < end; d += 2)
                {
                    var pair = QuantizedKv.LoadBytes(from);
                    from += BlockSize;
                    ((Vector256.ConvertToSingle(pair & Vector256.Create(Top)) * scale) + zero).Store(to);
                    if (d + 1 < end)
                    {
                        ((Vector256.ConvertToSingle(pair >>> 4) * scale) + zero).Store(to + BlockSize);
                    }

                    to += 2 * BlockSize;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ExpandValues(in KvBlockLayout layout, byte* head, int tokens, float* destination)
    {
        int dims = layout.HeadDimV;
        byte* scales = head + (BlockSize * layout.ValueTokenBytes);
        float* range = stackalloc float[HeadHalves * BlockSize];
        int count = HeadHalves * tokens;
        FloatConversion.HalfToSingle(new ReadOnlySpan<ushort>(scales + (BlockSize * 2 * KvBlockLayout.Int4Groups(dims)), count), new Span<float>(range, count));
        for (int token = 0; token < tokens; token++, range += HeadHalves)
        {
            byte* from = head + (token * layout.ValueTokenBytes);
            for (int start = 0; start < dims; start += 2 * Group, scales += 4, destination += 2 * Group)
            {
                var (scale0, zero0) = (scales[0] * range[0], (scales[1] * range[1]) + range[2]);
                if (dims - start < 2 * Group)
                {
                    int width = dims - start;
                    var (scale1, zero1) = width > Group ? (scales[2] * range[0], (scales[3] * range[1]) + range[2]) : default;
                    int half = (width + 1) / 2;
                    for (int i = 0; i < width; i++)
                    {
                        int level = i < half ? from[i] & Top : from[i - half] >> 4;
                        destination[i] = i < Group ? (level * scale0) + zero0 : (level * scale1) + zero1;
                    }

                    scales += 2 * KvBlockLayout.Int4Groups(width);
                    destination += width;
                    break;
                }

                var pair = QuantizedKv.LoadBytes(from);
                from += Group;
                ((Vector256.ConvertToSingle(pair & Vector256.Create(Top)) * Vector256.Create(scale0)) + Vector256.Create(zero0)).Store(destination);
                ((Vector256.ConvertToSingle(pair >>> 4) * Vector256.Create(scales[2] * range[0])) + Vector256.Create((scales[3] * range[1]) + range[2])).Store(destination + Group);
            }
        }
    }

    // NaN among the values makes the range NaN, so a broken token is seen when it is read.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Round(float* values, int count, byte* levels, byte* scales, Half* range)
    {
        int groups = KvBlockLayout.Int4Groups(count);
        float* wanted = stackalloc float[2 * groups];
        float largest = 0;
        for (int g = 0; g < groups; g++)
        {
            float* group = values + (g * Group);
            int width = Math.Min(Group, count - (g * Group));
            var (min, max) = QuantizedKv.Range(group, width);
            float scale = (max - min) / Top;
            if (scale > 0 && float.IsFinite(scale))
            {
                Int4Fit.Improve(group, width, ref min, ref scale);
            }

            wanted[g] = scale;
            wanted[groups + g] = min;
            largest = MathF.Max(largest, scale);
        }

        var (low, high) = QuantizedKv.Range(wanted + groups, groups);
        range[0] = QuantizedKv.ToHalf(largest / byte.MaxValue);
        range[1] = QuantizedKv.ToHalf((high - low) / byte.MaxValue);
        range[2] = QuantizedKv.ToHalf(low);
        var (unit, step, start) = ((float)range[0], (float)range[1], (float)range[2]);
        for (int g = 0; g < groups; g++)
        {
            byte* scale = scales + (2 * g);
            byte* zero = scale + 1;
            QuantizedKv.Levels(wanted + g, 1, 0, unit, byte.MaxValue, scale);
            QuantizedKv.Levels(wanted + groups + g, 1, start, step, byte.MaxValue, zero);
            int first = g * Group;
            QuantizedKv.Levels(values + first, Math.Min(Group, count - first), start + (*zero * step), *scale * unit, Top, levels + first);
        }
    }
}
