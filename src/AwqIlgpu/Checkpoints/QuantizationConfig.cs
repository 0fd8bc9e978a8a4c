namespace AwqIlgpu.Checkpoints;

/// <summary>What a checkpoint's configuration says of its packed tensors. Which tensors are packed, and in which layout, the tensors themselves tell.</summary>
/// <param name="File">Where it was read, for messages.</param>
/// <param name="GroupSize">Input features per scale; -1 where one scale serves a whole row.</param>
/// <param name="Symmetric">Whether every zero point is 8 and may be left out.</param>
/// <param name="Layout">The declared layout; null if none is.</param>
/// <param name="ModulesToNotConvert">Names of modules that were left unpacked; information only.</param>
internal sealed record QuantizationConfig(string File, int GroupSize, bool Symmetric, WeightLayout? Layout, IReadOnlyList<string> ModulesToNotConvert)
{
    private const int Bits = 4;
    private const string OldFile = "quant_config.json";

    /// <summary>Reads <c>quantization_config</c> of config.json, or AutoAWQ's older <c>quant_config.json</c> beside it.</summary>
    /// <returns>Null if there is neither: the checkpoint is not quantised.</returns>
    /// <exception cref="InvalidDataException">A value is missing or impossible.</exception>
    /// <exception cref="NotSupportedException">It is another method of quantisation, or a variant that is not read here.</exception>
    public static QuantizationConfig? Read(ConfigReader config, string folder)
    {
        // Early versions of compressed-tensors used the second name.
        foreach (string key in (ReadOnlySpan<string>)["quantization_config", "compression_config"])
        {
            if (config.OptionalObject(key) is { } quantization)
            {
                return ReadMethod(quantization, config.Where(key));
            }
        }

        return System.IO.File.Exists(Path.Combine(folder, OldFile)) ? ReadAwq(ConfigReader.Open(folder, OldFile), OldFile) : null;
    }

    private static QuantizationConfig ReadMethod(ConfigReader config, string file)
    {
        string method = config.String("quant_method");
        return method switch
        {
            "awq" => ReadAwq(config, file),
            "compressed-tensors" => ReadCompressedTensors(config, file),
            _ => throw config.Unsupported("quant_method", $"\"{Message.Short(method)}\"", "awq, compressed-tensors"),
        };
    }

    private static QuantizationConfig ReadAwq(ConfigReader config, string file)
    {
        CheckBits(config, config.Has("bits") ? "bits" : "w_bit");
        int groupSize = ReadGroupSize(config, config.Has("group_size") ? "group_size" : "q_group_size") ?? throw new InvalidDataException($"{config.Where("group_size")} is missing.");
        bool zeroPoint = config.OptionalBool("zero_point") ?? true;
        string versionKey = config.Has("version") ? "version" : config.Has("checkpoint_format") ? "checkpoint_format" : "format";
        var layout = ReadLayout(config, versionKey);
        if (layout == WeightLayout.Marlin && zeroPoint)
        {
            throw new InvalidDataException($"{config.Where(versionKey)} is marlin, which has no zero points, but zero_point is true.");
        }

        config.Only("quant_method", "awq");
        config.Only("desc_act", supported: false);
        config.Only("pack_dtype", "int32");
        config.OnlyEmpty("dynamic");

        // Which program made it and how another engine should run it; the tensors tell whether lm_head is packed.
        config.Ignore("checkpoint_format", "format", "method", "sym", "lm_head", "meta", "do_fuse", "fuse_max_seq_len", "modules_to_fuse", "exllama_config");
        string[] unpacked = config.OptionalStrings("modules_to_not_convert") ?? [];
        config.RefuseUnknown();
        return new QuantizationConfig(file, groupSize, !zeroPoint, layout, unpacked);
    }

    private static WeightLayout? ReadLayout(ConfigReader config, string versionKey)
    {
        string? version = config.OptionalString(versionKey)?.ToLowerInvariant();
        string? backend = config.OptionalString("backend")?.ToLowerInvariant();
        if (backend == "llm-awq")
        {
            return WeightLayout.GemvFast;
        }

        // ExLlama and IPEX are ways to run a GEMM checkpoint.
        return version switch
        {
            null => null,
            "gemm" or "exllama" or "exllamav2" or "ipex" => WeightLayout.Gemm,
            "gemv" => WeightLayout.Gemv,
            "gemv_fast" or "llm-awq" => WeightLayout.GemvFast,
            "marlin" => WeightLayout.Marlin,
            _ => throw config.Unsupported(versionKey, $"\"{Message.Short(version)}\"", "gemm, gemv, gemv_fast, marlin"),
        };
    }

    private static QuantizationConfig ReadCompressedTensors(ConfigReader config, string file)
    {
        config.Only("format", "pack-quantized");
        config.Only("quantization_status", "compressed", "frozen");
        config.OnlyEmpty("kv_cache_scheme");
        if (config.OptionalObject("sparsity_config") is { } sparsity)
        {
            sparsity.Only("format", "dense");
            sparsity.Ignore([.. sparsity.Keys]);
        }

        config.OnlyEmpty("transform_config");
        config.Ignore("global_compression_ratio", "version");
        string[] ignored = config.OptionalStrings("ignore") ?? [];

        (int GroupSize, bool Symmetric)? scheme = null;
        var groups = config.Object("config_groups");
        foreach (string name in groups.Keys)
        {
            var group = ReadGroup(groups.Object(name));
            if (scheme is { } other && group != other)
            {
                throw new NotSupportedException($"{groups.Where(name)} differs from the group before it: group size {group.GroupSize} and {other.GroupSize}, symmetric {group.Symmetric} and {other.Symmetric}. Groups that are not alike are not supported.");
            }

            scheme = group;
        }

        config.RefuseUnknown();
        return scheme is { } found
            ? new QuantizationConfig(file, found.GroupSize, found.Symmetric, WeightLayout.CompressedTensors, ignored)
            : throw new InvalidDataException($"{config.Where("config_groups")} is empty; expected at least one group.");
    }

    private static (int GroupSize, bool Symmetric) ReadGroup(ConfigReader group)
    {
        group.Ignore("targets");
        group.Only("format", "pack-quantized");
        group.OnlyEmpty("input_activations");
        group.OnlyEmpty("output_activations");

        var weights = group.Object("weights");
        CheckBits(weights, "num_bits");
        weights.Only("type", "int");
        weights.Only("dynamic", supported: false);
        weights.OnlyEmpty("block_structure");

        // "weight" (once "static") reorders while quantising and stores in the plain order; "group" needs an index per feature.
        weights.Only("actorder", "weight", "static");
        weights.Ignore("observer", "observer_kwargs", "scale_dtype", "zp_dtype");
        bool symmetric = weights.OptionalBool("symmetric") ?? true;
        int? groupSize = ReadGroupSize(weights, "group_size");
        string strategy = weights.OptionalString("strategy") ?? (groupSize > 0 ? "group" : "channel");
        return (strategy, groupSize) switch
        {
            ("group", > 0) => (groupSize.Value, symmetric),
            ("channel", null or -1) => (-1, symmetric),
            ("group" or "channel", _) => throw new InvalidDataException($"{weights.Where("strategy")} is \"{strategy}\", but group_size is {groupSize?.ToString() ?? "null"}."),
            _ => throw weights.Unsupported("strategy", $"\"{Message.Short(strategy)}\"", "group, channel"),
        };
    }

    private static void CheckBits(ConfigReader config, string key)
    {
        int bits = config.Int(key);
        if (bits != Bits)
        {
            throw config.Unsupported(key, $"{bits}", $"{Bits}");
        }
    }

    private static int? ReadGroupSize(ConfigReader config, string key)
    {
        int? size = config.OptionalInt(key, minimum: -1);
        return size == 0 ? throw config.Wrong(key, "a positive integer, or -1 for one group per row") : size;
    }
}
