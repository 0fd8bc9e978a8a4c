using AwqIlgpu.Checkpoints.Layouts;

namespace AwqIlgpu.Checkpoints;

/// <summary>Tells the layout of a linear layer from the names, types and shapes of its tensors, and checks them against config.json.</summary>
internal static class LinearLayouts
{
    // Keeps every product of sizes in this folder inside an int; the largest vocabularies have 2^18 rows.
    private const int MaxFeatures = 1 << 24;

    public static LinearInfo Describe(Checkpoint checkpoint, string prefix, int outFeatures, int inFeatures)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outFeatures, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(inFeatures, 1);
        if (outFeatures > MaxFeatures || inFeatures > MaxFeatures)
        {
            throw new NotSupportedException($"{prefix} has {outFeatures} out features and {inFeatures} in features; at most {MaxFeatures} are supported.");
        }

        string[] weights = [.. ((string[])[".weight", ".qweight", ".weight_packed"]).Where(part => checkpoint.HasTensor(prefix + part))];
        if (weights.Length > 1)
        {
            throw new InvalidDataException($"{prefix} has both {weights[0]} and {weights[1]}; expected one.");
        }

        bool hasBias = checkpoint.HasTensor(prefix + ".bias");
        if (hasBias)
        {
            checkpoint.FloatTensor(prefix + ".bias", [outFeatures], $"{outFeatures} out features");
        }

        if (weights is [".qweight" or ".weight_packed"])
        {
            return DescribePacked(checkpoint, prefix, weights[0], outFeatures, inFeatures, hasBias);
        }

        var weight = checkpoint.FloatTensor(prefix + ".weight", [outFeatures, inFeatures], $"{outFeatures} out features, {inFeatures} in features");
        return new LinearInfo(prefix, WeightLayout.Float, outFeatures, inFeatures, 0, weight.Type, hasBias);
    }

    /// <summary>The int32 tensor of packed words of that name and shape.</summary>
    public static TensorInfo Words(Checkpoint checkpoint, string name, ReadOnlySpan<long> shape, string reason)
    {
        var tensor = checkpoint.Tensor(name, shape, reason);
        return tensor.Type is TensorType.Int32 or TensorType.UInt32 ? tensor : throw new NotSupportedException($"{name} has dtype {tensor.Type.Dtype()}; expected I32.");
    }

    private static LinearInfo DescribePacked(Checkpoint checkpoint, string prefix, string weight, int outFeatures, int inFeatures, bool hasBias)
    {
        var config = checkpoint.Quantization ?? throw new InvalidDataException($"{prefix}{weight} is packed, but config.json has no quantization_config to tell its group size.");
        int groupSize = config.GroupSize < 0 ? inFeatures : config.GroupSize;
        if (inFeatures % groupSize != 0)
        {
            throw new InvalidDataException($"{config.File}: group size {groupSize} does not divide the {inFeatures} in features of {prefix}.");
        }

        var layout = weight == ".weight_packed" ? WeightLayout.CompressedTensors : AwqLayout(checkpoint, config, prefix, outFeatures, inFeatures, groupSize);
        if (config.Layout is { } declared && declared != layout)
        {
            throw new InvalidDataException($"{config.File} declares the {declared} layout, but the tensors of {prefix} are in the {layout} layout.");
        }

        var type = layout switch
        {
            WeightLayout.Gemm => GemmLayout.Check(checkpoint, prefix, outFeatures, inFeatures, groupSize),
            WeightLayout.Gemv => GemvLayout.Check(checkpoint, prefix, outFeatures, inFeatures, groupSize),
            WeightLayout.GemvFast => GemvFastLayout.Check(checkpoint, prefix, outFeatures, inFeatures, groupSize),
            WeightLayout.Marlin => MarlinLayout.Check(checkpoint, prefix, outFeatures, inFeatures, groupSize),
            _ => CompressedTensorsLayout.Check(checkpoint, prefix, outFeatures, inFeatures, groupSize, config.Symmetric),
        };
        return new LinearInfo(prefix, layout, outFeatures, inFeatures, groupSize, type, hasBias);
    }

    private static WeightLayout AwqLayout(Checkpoint checkpoint, QuantizationConfig config, string prefix, int outFeatures, int inFeatures, int groupSize)
    {
        if (checkpoint.HasTensor(prefix + ".g_idx"))
        {
            throw new NotSupportedException($"{prefix}.g_idx belongs to a GPTQ checkpoint, which is not supported.");
        }

        var qweight = checkpoint.Tensor(prefix + ".qweight");
        if (qweight.Type == TensorType.Int16)
        {
            return WeightLayout.GemvFast;
        }

        if (qweight.Type is not (TensorType.Int32 or TensorType.UInt32))
        {
            throw new NotSupportedException($"{qweight.Name} has dtype {qweight.Type.Dtype()}; expected I32 or I16.");
        }

        if (outFeatures % Int4Words.PerWord != 0 || inFeatures % Int4Words.PerWord != 0)
        {
            throw new InvalidDataException($"{prefix} is packed in an AWQ layout with {outFeatures} out features and {inFeatures} in features; expected multiples of {Int4Words.PerWord}.");
        }

        bool Is(ReadOnlySpan<long> shape) => qweight.Shape.AsSpan().SequenceEqual(shape);
        bool gemm = Is(GemmLayout.WeightShape(outFeatures, inFeatures));
        bool gemv = Is(GemvLayout.WeightShape(outFeatures, inFeatures));
        if (gemm && gemv)
        {
            // A square weight has one shape in both layouts; the scales differ unless a group is a single feature.
            bool byGroup = checkpoint.Tensor(prefix + ".scales").Shape is [var rows, _] && rows == inFeatures / groupSize;
            return byGroup ? WeightLayout.Gemm : WeightLayout.Gemv;
        }

        // Where in = 16 out, GEMV and Marlin have one shape too; only Marlin has no zero points.
        bool marlin = Is(MarlinLayout.WeightShape(outFeatures, inFeatures)) && !checkpoint.HasTensor(prefix + ".qzeros");
        return marlin ? WeightLayout.Marlin : gemm ? WeightLayout.Gemm : gemv ? WeightLayout.Gemv : throw Unknown(config, qweight, outFeatures, inFeatures);
    }

    private static InvalidDataException Unknown(QuantizationConfig config, TensorInfo qweight, int outFeatures, int inFeatures)
    {
        var layout = config.Layout ?? WeightLayout.Gemm;
        long[] expected = layout switch
        {
            WeightLayout.Gemv => GemvLayout.WeightShape(outFeatures, inFeatures),
            WeightLayout.Marlin => MarlinLayout.WeightShape(outFeatures, inFeatures),
            WeightLayout.GemvFast => GemvFastLayout.WeightShape(outFeatures, inFeatures),
            _ => GemmLayout.WeightShape(outFeatures, inFeatures),
        };
        return new InvalidDataException(
            $"{qweight.Name} has shape {TensorInfo.ShapeText(qweight.Shape)}; expected {TensorInfo.ShapeText(expected)} ({layout} layout of {outFeatures} out features and {inFeatures} in features, 8 per int32).");
    }
}
