using System.Runtime.CompilerServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Kernels;

/// <summary>Sizes of a packed int4 matrix; everything follows from the shape, before a weight is read.</summary>
/// <remarks>
/// <para>Three planes, each 64-byte aligned, in this order. A panel is 16 consecutive rows; rows are padded to whole panels.</para>
/// <para>Weights: [panel][k / 8][64 bytes]; byte r * 4 + j holds w[r][k + j] in its low and w[r][k + 4 + j] in its high nibble, j = 0..3.</para>
/// <para>Scales: [panel][block][16] in <see cref="ScaleType"/>. Zero points: [panel][block][8 bytes], row r in nibble r.</para>
/// </remarks>
internal readonly record struct Int4Shape
{
    /// <summary>Rows of a panel.</summary>
    public const int PanelRows = 16;

    /// <summary>Longest block; activations are quantised by block, and longer blocks lose accuracy. A block of the exact product fits the first-level cache as floats.</summary>
    public const int MaxBlockSize = 128;

    private const int Alignment = 64;

    /// <summary>Checks and keeps the shape.</summary>
    /// <exception cref="NotSupportedException">The group size is no multiple of 8 that divides the input features, or scales are not float.</exception>
    public Int4Shape(int outFeatures, int inFeatures, int groupSize, TensorType scaleType)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outFeatures);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inFeatures);
        if (groupSize <= 0 || groupSize % 8 != 0 || inFeatures % groupSize != 0)
        {
            throw new NotSupportedException($"Int4 weight [{outFeatures}, {inFeatures}] has group size {groupSize}; supported are multiples of 8 that divide the input features.");
        }

        if (!scaleType.IsFloat())
        {
            throw new NotSupportedException($"Int4 weight [{outFeatures}, {inFeatures}] has scales of type {scaleType}; supported are Float16, BFloat16 and Float32.");
        }

        OutFeatures = outFeatures;
        InFeatures = inFeatures;
        GroupSize = groupSize;
        ScaleType = scaleType;
        BlockSize = BlockOf(groupSize);
    }

    /// <summary>n.</summary>
    public int OutFeatures { get; }

    /// <summary>k.</summary>
    public int InFeatures { get; }

    /// <summary>Input features that share a scale in the checkpoint.</summary>
    public int GroupSize { get; }

    /// <summary>Input features that share a scale here and in the quantised activations: the group, or an equal part of a long one.</summary>
    public int BlockSize { get; }

    /// <summary>Element type of the scales.</summary>
    public TensorType ScaleType { get; }

    /// <summary>Blocks per row.</summary>
    public int Blocks => InFeatures / BlockSize;

    /// <summary>Panels of <see cref="PanelRows"/> rows.</summary>
    public int Panels => (OutFeatures + PanelRows - 1) / PanelRows;

    /// <summary>Bytes of a panel's weights.</summary>
    public long PanelBytes => (long)InFeatures * (PanelRows / 2);

    /// <summary>First byte of the scales.</summary>
    public long ScaleOffset => Panels * PanelBytes;

    /// <summary>First byte of the zero points.</summary>
    public long ZeroPointOffset
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ScaleOffset + Align((long)Panels * Blocks * PanelRows * ScaleType.Size());
    }

    /// <summary>Bytes of the whole matrix.</summary>
    public long ByteCount => ZeroPointOffset + Align((long)Panels * Blocks * (PanelRows / 2));

    /// <summary>The largest multiple of 8 that divides <paramref name="groupSize"/> and is at most 128.</summary>
    public static int BlockOf(int groupSize)
    {
        int block = Math.Min(groupSize, MaxBlockSize) / 8 * 8;
        while (groupSize % block != 0)
        {
            block -= 8;
        }

        return block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long Align(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;
}
