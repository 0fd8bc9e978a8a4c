using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models;

/// <summary>The weights of one linear layer: what the checkpoint says of them, and where they lie in the arena.</summary>
internal sealed class LinearWeights
{
    /// <param name="config">The layer.</param>
    /// <param name="info">How the checkpoint holds it.</param>
    /// <param name="offset">First byte of the weight in the arena.</param>
    /// <param name="rowsPerToken">Rows of x for each token of a step: more than 1 for experts, which share a matrix of each token's copies.</param>
    /// <param name="int8">Whether a float weight is kept as int8, where its width allows it.</param>
    public LinearWeights(LinearConfig config, LinearInfo info, long offset, int rowsPerToken, bool int8)
    {
        RowsPerToken = rowsPerToken;
        Config = config;
        Info = info;
        Offset = offset;
        if (info.Layout == WeightLayout.Float && int8 && Int8Planes.Supports(info.InFeatures))
        {
            IsInt8 = true;
            Int4 = Int8Planes.Shape(info.OutFeatures, info.InFeatures);
            ByteCount = Int4.Value.ByteCount;
        }
        else if (info.Layout == WeightLayout.Float)
        {
            ByteCount = (long)info.OutFeatures * info.InFeatures * info.FloatType.Size();
        }
        else
        {
            Int4 = new Int4Shape(info.OutFeatures, info.InFeatures, info.GroupSize, info.FloatType);
            ByteCount = Int4.Value.ByteCount;
        }

        BiasOffset = info.HasBias ? offset + Int4Shape.Align(ByteCount) : -1;
    }

    /// <summary>The layer.</summary>
    public LinearConfig Config { get; }

    /// <summary>Rows of x for each token of a step.</summary>
    public int RowsPerToken { get; }

    /// <summary>How the checkpoint holds it.</summary>
    public LinearInfo Info { get; }

    /// <summary>Sizes of the packed matrix; null where the weight is float.</summary>
    public Int4Shape? Int4 { get; }

    /// <summary>Whether <see cref="Int4"/> holds two planes of an int8 weight, which the checkpoint has as float.</summary>
    public bool IsInt8 { get; }

    /// <summary>First byte of the weight in the arena.</summary>
    public long Offset { get; }

    /// <summary>Bytes of the weight in the arena.</summary>
    public long ByteCount { get; }

    /// <summary>First byte of the bias in the arena, [out] floats; -1 for none.</summary>
    public long BiasOffset { get; }

    /// <summary>First byte after weight and bias.</summary>
    public long End => BiasOffset < 0 ? Offset + ByteCount : BiasOffset + ((long)Info.OutFeatures * sizeof(float));
}
