using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>Reads a decoder's weights from its checkpoint into their places in the arena; staging is bounded by the plan.</summary>
internal static class WeightLoader
{
    /// <summary>Bytes that <see cref="Load(DecoderWeights, Checkpoint, IDevice, IProgress{LoadProgress}?)"/> needs beside the weights' places: the largest that any one layer needs.</summary>
    public static long StagingBytes(DecoderWeights weights) =>
        Math.Max(
            weights.AllLinears.Max(StagingBytes),
            weights.AllLatents.Select(l => LatentLoader.StagingBytes(l.KeyValueUp)).DefaultIfEmpty(0).Max());

    /// <summary>Reads every weight.</summary>
    /// <param name="weights">What to read, and where it goes.</param>
    /// <param name="checkpoint">Where from.</param>
    /// <param name="device">Whose arena it goes to.</param>
    /// <param name="progress">Told after each layer; may be null.</param>
    /// <exception cref="InvalidDataException">The files do not hold what their headers say, or a number is NaN or infinite.</exception>
    public static void Load(DecoderWeights weights, Checkpoint checkpoint, IDevice device, IProgress<LoadProgress>? progress)
    {
        foreach (var buffer in weights.Buffers)
        {
            device.Arena.Take(buffer.Name);
        }

        var staging = device.Arena.Take(MemoryFootprint.Staging);
        foreach (var vector in weights.AllVectors)
        {
            Load(vector, checkpoint, device.Floats(vector.Offset, vector.Count));
        }

        foreach (var latent in weights.AllLatents)
        {
            LatentLoader.Load(latent, checkpoint, device, device.Bytes(staging.Offset, staging.Bytes));
        }

        device.Flush();
        long total = weights.AllLinears.Sum(l => l.ByteCount);
        long done = 0;
        foreach (var linear in weights.AllLinears)
        {
            Load(linear, checkpoint, device, device.Bytes(staging.Offset, staging.Bytes));
            device.Flush();
            done += linear.ByteCount;
            progress?.Report(new LoadProgress(done, total));
        }

        device.Arena.Return(staging);
    }

    private static long StagingBytes(LinearWeights linear) =>
        linear.IsInt8 ? Int8Loader.StagingBytes(linear) : linear.Int4 is null ? 0 : LinearReader.StagingBytes(linear.Info) + GroupBytes(linear.Info);

    private static void Load(LinearWeights linear, Checkpoint checkpoint, IDevice device, Span<byte> staging)
    {
        var info = linear.Info;
        if (linear.BiasOffset >= 0)
        {
            var bias = device.Floats(linear.BiasOffset, info.OutFeatures);
            checkpoint.ReadFiniteFloats(checkpoint.Tensor(info.Prefix + ".bias"), 0, bias);
            Permute(bias, linear.Config.RowOrder);
        }

        if (linear.IsInt8)
        {
            Int8Loader.Load(linear, checkpoint, device, staging);
        }
        else if (linear.Int4 is null)
        {
            LoadFloat(linear, checkpoint, device);
        }
        else
        {
            LoadInt4(linear, checkpoint, device, staging);
        }
    }

    private static void LoadFloat(LinearWeights linear, Checkpoint checkpoint, IDevice device)
    {
        var tensor = checkpoint.Tensor(linear.Info.Prefix + ".weight");
        // A row at a time where rows move; else pieces that a span can hold.
        long piece = linear.Config.RowOrder is null ? 1 << 26 : linear.ByteCount / linear.Info.OutFeatures;
        for (long start = 0; start < linear.ByteCount; start += piece)
        {
            long bytes = Math.Min(piece, linear.ByteCount - start);
            long to = linear.Config.RowOrder is { } order ? order[start / piece] * piece : start;
            var destination = device.Bytes(linear.Offset + to, bytes);
            checkpoint.Read(tensor, start, destination);
            if (FiniteFloats.IndexOfOther(destination, tensor.Type) is var bad and >= 0)
            {
                throw new InvalidDataException($"{tensor.ElementText((start / tensor.Type.Size()) + bad)} is NaN or infinite; expected a finite number.");
            }

            device.Flush();
        }
    }

    private static void LoadInt4(LinearWeights linear, Checkpoint checkpoint, IDevice device, Span<byte> staging)
    {
        var info = linear.Info;
        int groups = info.OutFeatures * info.Groups;
        var scales = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(staging[..(groups * sizeof(float))]);
        var zeroPoints = staging.Slice(groups * sizeof(float), groups);
        LinearReader.ReadGroups(checkpoint, info, scales, zeroPoints);
        device.PackScales(linear, 0, scales, zeroPoints);
        LinearReader.ReadInt4(checkpoint, info, staging[(int)GroupBytes(info)..], tile => device.PackWeights(linear, tile));
    }

    // Scales as floats and zero points as bytes.
    internal static long GroupBytes(LinearInfo info) => Arena.Align((long)info.OutFeatures * info.Groups * (sizeof(float) + 1));

    private static void Load(VectorWeights vector, Checkpoint checkpoint, Span<float> destination)
    {
        checkpoint.ReadFiniteFloats(checkpoint.Tensor(vector.Tensor), 0, destination);
        if (vector.Form == VectorForm.Reciprocal && destination.IndexOf(0f) is var zero and >= 0)
        {
            throw new InvalidDataException($"{vector.Tensor}[{zero}] is 0 and divides; expected another number.");
        }

        foreach (ref float value in destination)
        {
            value = vector.Form switch
            {
                VectorForm.PlusOne => value + 1,
                VectorForm.Reciprocal => 1 / value,
                _ => value,
            };
        }
    }

    private static void Permute(Span<float> values, int[]? order)
    {
        if (order is not null)
        {
            float[] source = values.ToArray();
            for (int i = 0; i < source.Length; i++)
            {
                values[order[i]] = source[i];
            }
        }
    }
}
