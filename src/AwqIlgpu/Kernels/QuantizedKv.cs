using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>Keys and values as integers with scales and zero points: <c>x = q * scale + zero</c>.</summary>
/// <remarks>
/// <para>Math: <see cref="Int8Kv"/> and <see cref="Int4Kv"/>. Keys are turned by <see cref="Hadamard"/> first, and queries alike, which leaves their products as they are.</para>
/// <para>Layout: see <see cref="KvBlockLayout"/>. A token's integers depend on that token alone, so results do not depend on how a prompt is cut.</para>
/// <para>Source: asymmetric rounding per token as in KIVI, arXiv:2402.02750.</para>
/// </remarks>
internal static unsafe class QuantizedKv
{
    /// <summary>Turns a query or key head; keys are stored so, and a query turned alike gives the same products.</summary>
    public static void Turn(float* head, int headDim, float* turned)
    {
        new ReadOnlySpan<float>(head, headDim).CopyTo(new Span<float>(turned, headDim));
        Hadamard.Run(turned, headDim);
    }

    /// <summary>Turns the part of a query that meets stored keys, and copies the rest.</summary>
    public static void TurnQuery(in KvBlockLayout layout, float* query, float* turned)
    {
        Turn(query, layout.HeadDimK, turned);
        int rest = layout.QueryDim - layout.HeadDimK;
        new ReadOnlySpan<float>(query + layout.HeadDimK, rest).CopyTo(new Span<float>(turned + layout.HeadDimK, rest));
    }

    /// <summary>Stores one token's key.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="key">[headDimK].</param>
    /// <param name="head">The head's keys in the block.</param>
    /// <param name="token">Place of the token in the block.</param>
    public static void WriteKey(in KvBlockLayout layout, float* key, byte* head, int token)
    {
        float* turned = stackalloc float[layout.HeadDimK];
        Turn(key, layout.HeadDimK, turned);
        if (layout.Type == KvType.Int8)
        {
            Int8Kv.WriteKey(layout, turned, head, token);
        }
        else
        {
            Int4Kv.WriteKey(layout, turned, head, token);
        }
    }

    /// <summary>Stores one token's value.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="value">[headDimV].</param>
    /// <param name="head">The head's values in the block.</param>
    /// <param name="token">Place of the token in the block.</param>
    public static void WriteValue(in KvBlockLayout layout, float* value, byte* head, int token)
    {
        if (layout.Type == KvType.Int8)
        {
            Int8Kv.WriteValue(layout, value, head, token);
        }
        else
        {
            Int4Kv.WriteValue(layout, value, head, token);
        }
    }

    /// <summary>All keys of a head's block as floats, turned; slots that nothing has written give whatever they hold.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="head">The head's keys in the block.</param>
    /// <param name="destination">[headDimK, BlockSize].</param>
    public static void ExpandKeys(in KvBlockLayout layout, byte* head, float* destination)
    {
        if (layout.Type == KvType.Int8)
        {
            Int8Kv.ExpandKeys(layout, head, destination);
        }
        else
        {
            Int4Kv.ExpandKeys(layout, head, destination);
        }
    }

    /// <summary>The values of a head's first tokens in a block as floats.</summary>
    /// <param name="layout">Layout of the block.</param>
    /// <param name="head">The head's values in the block.</param>
    /// <param name="tokens">How many tokens.</param>
    /// <param name="destination">[tokens, headDimV].</param>
    public static void ExpandValues(in KvBlockLayout layout, byte* head, int tokens, float* destination)
    {
        if (layout.Type == KvType.Int8)
        {
            Int8Kv.ExpandValues(layout, head, tokens, destination);
        }
        else
        {
            Int4Kv.ExpandValues(layout, head, tokens, destination);
        }
    }

    /// <summary>Eight bytes as ints.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> LoadBytes(byte* source)
    {
        if (Avx2.IsSupported)
        {
            return Avx2.ConvertToVector256Int32(source);
        }

        var wide = Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(ulong*)source).AsByte());
        return Vector256.Create(Vector128.WidenLower(wide), Vector128.WidenUpper(wide)).AsInt32();
    }

    /// <summary>The nearest fp16; beyond its range, the last finite one.</summary>
    public static Half ToHalf(float value) => (Half)Math.Clamp(value, -65504, 65504);

    /// <summary>Levels of some values: the nearest of 0 to <paramref name="top"/> to (x - zero) / scale; any where the scale is 0, since all values are alike.</summary>
    public static void Levels(float* values, int count, float zero, float scale, int top, byte* levels)
    {
        float inverse = 1 / scale;
        inverse = float.IsFinite(inverse) ? inverse : 0;
        for (int i = 0; i < count; i++)
        {
            levels[i] = (byte)MathF.Min(MathF.Max(((values[i] - zero) * inverse) + 0.5f, 0), top);
        }
    }

    /// <summary>Smallest and largest value; NaN where one is.</summary>
    public static (float Min, float Max) Range(float* values, int count)
    {
        float min = values[0];
        float max = values[0];
        for (int i = 1; i < count; i++)
        {
            min = MathF.Min(min, values[i]);
            max = MathF.Max(max, values[i]);
        }

        return (min, max);
    }
}
