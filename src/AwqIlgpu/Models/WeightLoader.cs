using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>Reads a decoder's weights from its checkpoint into their places in the arena; staging is bounded by the plan.</summary>
internal static class WeightLoader
{
    /// <summary>Bytes that each thread of <see cref="Load(DecoderWeights, Checkpoint, IDevice, int, IProgress{LoadProgress}?)"/> needs beside the weights' places: the most that any one layer needs.</summary>
    public static long StagingBytes(DecoderWeights weights) => Arena.Align(
        Math.Max(
            weights.AllLinears.Max(StagingBytes),
            weights.AllLatents.Select(l => LatentLoader.StagingBytes(l.KeyValueUp)).DefaultIfEmpty(0).Max()));

    /// <summary>Reads every weight.</summary>
    /// <param name="weights">What to read, and where it goes.</param>
    /// <param name="checkpoint">Where from.</param>
    /// <param name="device">Whose arena it goes to.</param>
    /// <param name="mostThreads">Most threads that read layers; there are fewer where the plan's staging does not hold a share for each.</param>
    /// <param name="progress">Told by the calling thread how far all are; throwing ends the work. May be null.</param>
    /// <exception cref="InvalidDataException">The files do not hold what their headers say, or a number is NaN or infinite; of several such layers the first is named.</exception>
    public static void Load(DecoderWeights weights, Checkpoint checkpoint, IDevice device, int mostThreads, IProgress<LoadProgress>? progress)
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
        var queue = new LayerQueue(weights.AllLinears);
        long share = StagingBytes(weights);
        // The plan has room for one thread at the least; floats are read into their place and need none.
        int threads = share == 0 ? mostThreads : (int)Math.Min(mostThreads, staging.Bytes / share);
        var others = Enumerable.Range(1, threads - 1).Select(thread => Task.Run(() => LoadFrom(thread, null))).ToArray();
        LoadFrom(0, progress);
        Task.WaitAll(others);
        queue.ThrowIfFailed();
        progress?.Report(new LoadProgress(queue.TotalBytes, queue.TotalBytes));
        device.Arena.Return(staging);

        void LoadFrom(int thread, IProgress<LoadProgress>? told) => queue.Run(
            linear =>
            {
                Load(linear, checkpoint, device, device.Bytes(staging.Offset + (thread * share), share));
                device.Flush();
            },
            told);
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
