using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;
using AwqIlgpu.Quantization;
using AwqIlgpu.Quantization.Packing;

namespace AwqIlgpu;

/// <summary>Repacks a quantised checkpoint into another layout, every number unchanged, or dequantises it.</summary>
public static class CheckpointConverter
{
    private static readonly string[] s_packedNames = [".qweight", ".qzeros", ".scales", ".scaled_zeros", ".weight_packed", ".weight_scale", ".weight_zero_point", ".weight_shape"];

    /// <summary>Converts a folder; one linear layer is in memory at a time.</summary>
    /// <param name="source">A quantised folder in Hugging Face layout.</param>
    /// <param name="output">The folder to write; must not exist, or be empty. Until it is whole, its parts lie in <paramref name="output"/>.partial.</param>
    /// <param name="format">The layout; null for fp16 weights, each (q - zero point) * scale rounded once.</param>
    /// <param name="cancellationToken">Ends the conversion between two layers and removes its parts.</param>
    /// <returns>Bytes and number of the tensors written.</returns>
    /// <exception cref="InvalidDataException">A file is broken, or nothing in it is quantised.</exception>
    /// <exception cref="NotSupportedException">The layout cannot hold what the source holds, for example zero points in Marlin.</exception>
    /// <exception cref="IOException">The output exists.</exception>
    public static (long Bytes, int Tensors) Convert(string source, string output, QuantizationFormat? format, CancellationToken cancellationToken = default)
    {
        using var checkpoint = Checkpoint.Open(source);
        var config = Architecture.Read(checkpoint.Config);
        var weights = new DecoderWeights(config, checkpoint);
        var linears = weights.AllLinears.Select(l => l.Info).Concat(weights.AllLatents.Select(l => l.KeyValueUp)).Where(l => l.Layout != WeightLayout.Float).ToList();
        if (checkpoint.Quantization is not { } quantization || linears.Count == 0)
        {
            throw new InvalidDataException($"{source} is not quantised; nothing to convert.");
        }

        var quantized = linears.Select(l => l.Prefix).ToHashSet();
        var layout = format is { } kind ? new QuantizedFormat(kind, quantization.GroupSize, quantization.Symmetric, InputReaders.FloatNames(config, linear => quantized.Contains(linear.Prefix))) : null;
        foreach (var linear in linears)
        {
            layout?.CheckShape(linear.Prefix, linear.OutFeatures, linear.InFeatures);
        }

        using var run = PartialRun.OpenAnew(output, "conversion");
        try
        {
            for (int i = 0; i < linears.Count; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var matrix = Read(checkpoint, linears[i]);
                var tensors = layout is null ? [Dequantized(matrix)] : layout.Pack(matrix);
                run.Finish(i, [.. tensors.Select(t => t with { Name = $"{linears[i].Prefix}.{t.Name}" })], next: null);
            }

            var packed = linears.SelectMany(l => s_packedNames.Select(name => l.Prefix + name)).ToHashSet();
            HalfTensors.Copy(checkpoint, checkpoint.Tensors.Values.Where(t => !packed.Contains(t.Name)), run.OtherPath, config);
            run.BeginResult();
            CheckpointFolder.CopyOtherFiles(source, run.ResultFolder);
            CheckpointFolder.WriteConfig(run.ResultFolder, checkpoint.Config.Root, layout);
            var written = CheckpointFolder.WriteShards(run.ResultFolder, [.. linears.Select((_, i) => run.LayerPath(i)), run.OtherPath]);
            run.Complete();
            return written;
        }
        catch
        {
            run.Abandon();
            throw;
        }
    }

    private static QuantizedMatrix Read(Checkpoint checkpoint, LinearInfo info)
    {
        int groups = info.OutFeatures * info.Groups;
        var scales = new float[groups];
        var zeroPoints = new byte[groups];
        LinearReader.ReadGroups(checkpoint, info, scales, zeroPoints);
        var values = new byte[(long)info.OutFeatures * info.InFeatures];
        LinearReader.ReadInt4(checkpoint, info, new byte[LinearReader.StagingBytes(info)], tile =>
        {
            for (int row = 0; row < tile.Rows; row++)
            {
                tile.Values.Slice(row * tile.Columns, tile.Columns).CopyTo(values.AsSpan(((tile.Row + row) * info.InFeatures) + tile.Column));
            }
        });
        ushort[] halves = HalfTensor.Round(info.Prefix + ".scales", scales);
        for (int i = 0; i < groups; i++)
        {
            if ((float)BitConverter.UInt16BitsToHalf(halves[i]) != scales[i])
            {
                throw new NotSupportedException($"{info.Prefix}: scale {i} is {scales[i]}, a {info.FloatType.Dtype()} number that fp16, the type of scales in AWQ layouts, does not hold.");
            }
        }

        return new QuantizedMatrix(info.OutFeatures, info.InFeatures, info.GroupSize, values, zeroPoints, halves);
    }

    private static PackedTensor Dequantized(QuantizedMatrix matrix)
    {
        float[] weights = matrix.Dequantize("weight").Values;
        return PackedTensor.Create("weight", TensorType.Float16, HalfTensor.Round("weight", weights), matrix.Rows, matrix.Columns);
    }
}
