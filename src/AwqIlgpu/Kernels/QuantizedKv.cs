using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>Keys and values as integers with a scale and a zero point for each token and group: <c>x = q * scale + zero</c>.</summary>
/// <remarks>
/// <para>
/// Math: int8: zero = min of the group, scale = (max - min) / 255; int4: the least squares of <see cref="Int4Fit"/>. Both are rounded to fp16 before q is
/// chosen, so their rounding adds no error of its own. Keys are turned by <see cref="Hadamard"/> first.
/// </para>
/// <para>
/// Measured: SmolLM2-135M at group size 64, WikiText-2, 6 windows of 512, perplexity against a float cache: int4 groups of 32 from min and max +3.8 %, with
/// turned keys +3.5 %, with least squares as well +1.9 %, and groups of 16 +1.3 %. Turning the values too made it worse.
/// Over 40 windows of 1024, against fp16: int8 +0.03 %, int4 +2.1 %.
/// </para>
/// <para>Layout: see <see cref="KvBlockLayout"/>. A token's integers depend on that token alone, so results do not depend on how a prompt is cut.</para>
/// <para>Source: asymmetric rounding per token as in KIVI, arXiv:2402.02750; int4 groups as in FlexGen, arXiv:2303.06865.</para>
/// </remarks>
internal static unsafe class QuantizedKv
{
    private const int BlockSize = KvBlockLayout.BlockSize;
    private const int Int4Group = KvBlockLayout.Int4Group;
    private const float LargestHalf = 65504;

    /// <summary>Turns a query or key head; keys are stored so, and a query turned alike gives the same products.</summary>
    public static void Turn(float* head, int headDim, float* turned)
    {
        new ReadOnlySpan<float>(head, headDim).CopyTo(new Span<float>(turned, headDim));
        Hadamard.Run(turned, headDim);
    }

    /// <summary>Stores one token's key.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="key">[headDimK].</param>
    /// <param name="head">The head's keys in the block.</param>
    /// <param name="token">Place of the token in the block.</param>
    public static void WriteKey(in KvBlockLayout layout, float* key, byte* head, int token)
    {
        int dims = layout.HeadDimK;
        float* turned = stackalloc float[dims];
        Turn(key, dims, turned);
        bool int4 = layout.Type == KvType.Int4;
        int group = int4 ? Int4Group : dims;
        byte* levels = stackalloc byte[group + 1];
        var scales = (Half*)(head + layout.KeyElementBytes) + token;
        byte* elements = head + token;
        for (int start = 0; start < dims; start += group)
        {
            int width = Math.Min(group, dims - start);
            Quantize(layout.Type, turned + start, width, levels, scales, scales + BlockSize);
            scales += 2 * BlockSize;
            if (int4)
            {
                levels[width] = 0; // the partner of the last element of an odd head
                for (int d = 0; d < width; d += 2)
                {
                    *elements = (byte)(levels[d] | (levels[d + 1] << 4));
                    elements += BlockSize;
                }
            }
            else
            {
                for (int d = 0; d < width; d++)
                {
                    *elements = levels[d];
                    elements += BlockSize;
                }
            }
        }
    }

    /// <summary>Stores one token's value.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="value">[headDimV].</param>
    /// <param name="head">The head's values in the block.</param>
    /// <param name="token">Place of the token in the block.</param>
    public static void WriteValue(in KvBlockLayout layout, float* value, byte* head, int token)
    {
        int dims = layout.HeadDimV;
        byte* elements = head + (token * layout.ValueTokenBytes);
        var scales = (Half*)(head + (BlockSize * layout.ValueTokenBytes)) + (token * layout.ValueGroups * 2);
        if (layout.Type == KvType.Int8)
        {
            Quantize(layout.Type, value, dims, elements, scales, scales + 1);
            return;
        }

        byte* levels = stackalloc byte[Int4Group + 1];
        for (int start = 0; start < dims; start += Int4Group)
        {
            int width = Math.Min(Int4Group, dims - start);
            int half = (width + 1) / 2;
            Quantize(layout.Type, value + start, width, levels, scales, scales + 1);
            scales += 2;
            levels[width] = 0;
            for (int j = 0; j < half; j++)
            {
                *elements++ = (byte)(levels[j] | (levels[half + j] << 4));
            }
        }
    }

    /// <summary>All keys of a head's block as floats; slots that nothing has written give whatever they hold.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="head">The head's keys in the block.</param>
    /// <param name="destination">[headDimK, BlockSize].</param>
    public static void ExpandKeys(in KvBlockLayout layout, byte* head, float* destination)
    {
        int dims = layout.HeadDimK;
        bool int4 = layout.Type == KvType.Int4;
        int group = int4 ? Int4Group : dims;
        float* scales = stackalloc float[2 * BlockSize];
        var stored = (ushort*)(head + layout.KeyElementBytes);
        for (int start = 0; start < dims; start += group)
        {
            FloatConversion.HalfToSingle(new ReadOnlySpan<ushort>(stored, 2 * BlockSize), new Span<float>(scales, 2 * BlockSize));
            stored += 2 * BlockSize;
            int width = Math.Min(group, dims - start);
            for (int tokens = 0; tokens < BlockSize; tokens += 8)
            {
                var scale = Vector256.Load(scales + tokens);
                var zero = Vector256.Load(scales + BlockSize + tokens);
                float* to = destination + (start * BlockSize) + tokens;
                if (int4)
                {
                    byte* from = head + (start / 2 * BlockSize) + tokens;
                    for (int d = 0; d < width; d += 2)
                    {
                        var pair = LoadBytes(from);
                        from += BlockSize;
                        ((Vector256.ConvertToSingle(pair & Vector256.Create(15)) * scale) + zero).Store(to);
                        if (d + 1 < width)
                        {
                            ((Vector256.ConvertToSingle(pair >>> 4) * scale) + zero).Store(to + BlockSize);
                        }

                        to += 2 * BlockSize;
                    }
                }
                else
                {
                    byte* from = head + (start * BlockSize) + tokens;
                    for (int d = 0; d < width; d++)
                    {
                        ((Vector256.ConvertToSingle(LoadBytes(from)) * scale) + zero).Store(to);
                        from += BlockSize;
                        to += BlockSize;
                    }
                }
            }
        }
    }

    /// <summary>The values of a head's first tokens in a block as floats.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="head">The head's values in the block.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="destination">[tokens, headDimV].</param>
    public static void ExpandValues(in KvBlockLayout layout, byte* head, int tokens, float* destination)
    {
        int dims = layout.HeadDimV;
        int groups = layout.ValueGroups;
        float* scales = stackalloc float[BlockSize * 2 * groups];
        int count = tokens * 2 * groups;
        FloatConversion.HalfToSingle(new ReadOnlySpan<ushort>(head + (BlockSize * layout.ValueTokenBytes), count), new Span<float>(scales, count));
        byte* from = head;
        for (int token = 0; token < tokens; token++)
        {
            if (layout.Type == KvType.Int8)
            {
                ExpandBytes(from, dims, scales[0], scales[1], destination);
                from += dims;
                destination += dims;
                scales += 2;
                continue;
            }

            for (int start = 0; start < dims; start += Int4Group)
            {
                int width = Math.Min(Int4Group, dims - start);
                ExpandNibbles(from, width, scales[0], scales[1], destination);
                from += (width + 1) / 2;
                destination += width;
                scales += 2;
            }
        }
    }

    private static void ExpandBytes(byte* from, int count, float scale, float zero, float* to)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            ((Vector256.ConvertToSingle(LoadBytes(from + i)) * Vector256.Create(scale)) + Vector256.Create(zero)).Store(to + i);
        }

        for (; i < count; i++)
        {
            to[i] = (from[i] * scale) + zero;
        }
    }

    private static void ExpandNibbles(byte* from, int width, float scale, float zero, float* to)
    {
        int half = (width + 1) / 2;
        int j = 0;
        for (; j + 8 <= width / 2; j += 8)
        {
            var pair = LoadBytes(from + j);
            ((Vector256.ConvertToSingle(pair & Vector256.Create(15)) * Vector256.Create(scale)) + Vector256.Create(zero)).Store(to + j);
            ((Vector256.ConvertToSingle(pair >>> 4) * Vector256.Create(scale)) + Vector256.Create(zero)).Store(to + half + j);
        }

        for (; j < half; j++)
        {
            to[j] = ((from[j] & 15) * scale) + zero;
            if (half + j < width)
            {
                to[half + j] = ((from[j] >> 4) * scale) + zero;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> LoadBytes(byte* source)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.ConvertToVector256Int32(source);
        }

        var wide = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsByte());
        return Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide)).AsInt32();
    }

    // NaN among the values makes scale and zero point NaN, so a broken token is seen when it is read.
    private static void Quantize(KvType type, float* values, int count, byte* levels, Half* scale, Half* zero)
    {
        int top = type == KvType.Int4 ? 15 : 255;
        float min = values[0];
        float max = values[0];
        for (int i = 1; i < count; i++)
        {
            min = MathF.Min(min, values[i]);
            max = MathF.Max(max, values[i]);
        }

        float start = min;
        float step = (max - min) / top;
        if (type == KvType.Int4 && step > 0 && float.IsFinite(step))
        {
            Int4Fit.Improve(values, count, ref start, ref step);
        }

        *zero = (Half)Math.Clamp(start, -LargestHalf, LargestHalf);
        *scale = (Half)Math.Clamp(step, -LargestHalf, LargestHalf);
        start = (float)*zero;
        float inverse = 1 / (float)*scale;
        // All values alike: any level gives them back.
        inverse = float.IsFinite(inverse) ? inverse : 0;
        for (int i = 0; i < count; i++)
        {
            levels[i] = (byte)MathF.Min(MathF.Max(((values[i] - start) * inverse) + 0.5f, 0), top);
        }
    }
}
