using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;

namespace AwqIlgpu.Models;

/// <summary>Reads K and V of latent attention as floats, a matrix for each head; K transposed, since it is applied to queries.</summary>
/// <remarks>Floats, because int4 groups run along the rows of K: transposed, each would have a scale per element.</remarks>
internal static class LatentLoader
{
    /// <summary>Bytes that <see cref="Load"/> needs beside the weights' places.</summary>
    public static long StagingBytes(LinearInfo info) =>
        info.Layout == WeightLayout.Float ? info.InFeatures * sizeof(float) : WeightLoader.GroupBytes(info) + LinearReader.StagingBytes(info);

    /// <summary>Reads both.</summary>
    /// <param name="latent">What to read, and where it goes.</param>
    /// <param name="checkpoint">Where from.</param>
    /// <param name="device">Whose arena it goes to.</param>
    /// <param name="staging">At least <see cref="StagingBytes"/>.</param>
    public static void Load(LatentWeights latent, Checkpoint checkpoint, IDevice device, Span<byte> staging)
    {
        var info = latent.KeyValueUp;
        if (info.Layout == WeightLayout.Float)
        {
            var row = MemoryMarshal.Cast<byte, float>(staging)[..info.InFeatures];
            var tensor = checkpoint.Tensor(info.Prefix + ".weight");
            for (int i = 0; i < info.OutFeatures; i++)
            {
                checkpoint.ReadFiniteFloats(tensor, (long)i * info.InFeatures, row);
                for (int k = 0; k < row.Length; k++)
                {
                    Store(latent, device, i, k, row[k]);
                }
            }
        }
        else
        {
            LoadInt4(latent, checkpoint, device, staging);
        }
    }

    private static unsafe void LoadInt4(LatentWeights latent, Checkpoint checkpoint, IDevice device, Span<byte> staging)
    {
        var info = latent.KeyValueUp;
        int groups = info.OutFeatures * info.Groups;
        // Pointers, since the handler of tiles cannot hold spans.
        fixed (byte* start = staging)
        {
            float* scales = (float*)start;
            byte* zeroPoints = start + (groups * sizeof(float));
            LinearReader.ReadGroups(checkpoint, info, new Span<float>(scales, groups), new Span<byte>(zeroPoints, groups));
            LinearReader.ReadInt4(checkpoint, info, staging[(int)WeightLoader.GroupBytes(info)..], tile =>
            {
                for (int i = 0; i < tile.Values.Length; i++)
                {
                    int row = tile.Row + (i / tile.Columns);
                    int column = tile.Column + (i % tile.Columns);
                    int group = (row * info.Groups) + (column / info.GroupSize);
                    Store(latent, device, row, column, (tile.Values[i] - zeroPoints[group]) * scales[group]);
                }
            });
        }
    }

    private static void Store(LatentWeights latent, IDevice device, int row, int column, float value)
    {
        var config = latent.Config;
        var (head, element) = Math.DivRem(row, config.PlainDim + config.ValueDim);
        if (element < config.PlainDim)
        {
            var matrix = latent.QueryToLatent;
            device.Floats(matrix.Offset + (head * matrix.HeadBytes), matrix.OutFeatures * matrix.InFeatures)[(column * matrix.InFeatures) + element] = value;
        }
        else
        {
            var matrix = latent.LatentToValue;
            device.Floats(matrix.Offset + (head * matrix.HeadBytes), matrix.OutFeatures * matrix.InFeatures)[((element - config.PlainDim) * matrix.InFeatures) + column] = value;
        }
    }
}
