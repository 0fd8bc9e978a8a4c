using System.Diagnostics;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;
using AwqIlgpu.Quantization;
using AwqIlgpu.Quantization.Packing;

namespace AwqIlgpu;

/// <summary>Quantises a language model to int4 with AWQ, one decoder layer in memory at a time.</summary>
/// <remarks>Source: Lin et al., 2023, arXiv:2306.00978; the choices of AutoAWQ 0.2.9 on demand.</remarks>
public static class AwqQuantizer
{
    /// <summary>Quantises a folder.</summary>
    /// <param name="source">A folder in Hugging Face layout whose weights are fp16, bf16 or fp32.</param>
    /// <param name="output">The folder to write; must not exist, or be empty. Until it is whole, its parts lie in <paramref name="output"/>.partial.</param>
    /// <param name="calibration">The calibration sequences; null only where the settings need none.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <param name="progress">Told after each layer; may be null.</param>
    /// <param name="cancellationToken">Ends the run between two linears; layers that are finished stay for <see cref="AwqQuantizerOptions.Resume"/>.</param>
    /// <exception cref="ArgumentException">A setting is impossible, or does not fit the model.</exception>
    /// <exception cref="InvalidDataException">A file is broken, a tensor is missing, or a weight is not finite.</exception>
    /// <exception cref="NotSupportedException">The architecture, or the layout for this model, is not supported.</exception>
    /// <exception cref="IOException">The output exists, or the disk has too little room.</exception>
    /// <exception cref="InsufficientMemoryException">The run does not fit the memory cap; nothing was written.</exception>
    public static QuantizationReport Quantize(
        string source,
        string output,
        CalibrationSet? calibration,
        AwqQuantizerOptions? options = null,
        IProgress<QuantizationProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        long start = Stopwatch.GetTimestamp();
        options ??= new AwqQuantizerOptions();
        CheckOptions(options, calibration);
        using var checkpoint = Checkpoint.Open(source);
        var config = Architecture.Read(checkpoint.Config);
        var format = new QuantizedFormat(options.Format, options.GroupSize < 0 ? -1 : options.GroupSize, options.Symmetric || options.Format == QuantizationFormat.Marlin, InputReaders.FloatNames(config, linear => LayerQuantizer.IsQuantized(linear, options)));
        options = options with { Symmetric = format.Symmetric };
        CheckModel(checkpoint, config, options, format, calibration);

        calibration = options.NeedsCalibration ? calibration : null;
        var plan = Plan(config, options, calibration);
        if (!plan.Fits)
        {
            string parts = string.Join(", ", plan.Buffers.OrderByDescending(b => b.Bytes).Take(3).Select(b => $"{b.Name} {ByteSize.Format(b.Bytes)}"));
            throw new InsufficientMemoryException($"Quantising needs {ByteSize.Format(plan.SmallestCapBytes)} at the least, one layer at a time and activations in a file ({parts}); the cap is {ByteSize.Format(plan.CapBytes)}. Use --memory {ByteSize.Format(plan.SmallestCapBytes)}.");
        }

        long hiddenBytes = calibration is null ? 0 : (long)calibration.Sequences.Count * calibration.Sequences[0].Length * config.HiddenSize * sizeof(float);
        string settings = SettingsDigest.Of(checkpoint, options, calibration);
        PartialRun.Check(output, settings, options.Resume);
        PartialRun.RequireSpace(output, (2 * OutputBytes(checkpoint, config, options)) + ((plan.SpillsActivations ? 5 : 2) * hiddenBytes), FreeBytes(output) + PartialRun.BytesOf(output));
        using var threads = ParallelWork.Limit(options.Threads);
        // Parity trusts any text, as AutoAWQ does.
        double? loss = calibration is null || options.Mode == QuantizationMode.Parity ? null : CalibrationLoss.Of(checkpoint, config, calibration, options.Threads ?? Environment.ProcessorCount, cancellationToken);
        bool isForeign = loss > Math.Log(config.VocabularySize);
        if (isForeign)
        {
            calibration = null;
            options = options with { Search = ScaleSearchKind.None, Clip = false, Rounding = WeightRounding.Nearest };
        }

        using var run = PartialRun.Open(output, settings, options.Resume);
        int resumed = run.FinishedLayers;
        CopyOthers(checkpoint, config, run);
        QuantizeLayers(checkpoint, config, options, format, calibration, plan, run, start, progress, cancellationToken);

        cancellationToken.ThrowIfCancellationRequested();
        var (bytes, tensors) = WriteResult(checkpoint, config, format, run);
        var layers = Enumerable.Range(0, config.Layers.Length).Select(i => LayerReportFile.Read(run.ReportPath(i), i)).ToList();
        double bits = BitsPerWeight(run, config, options);
        run.Complete();
        return new QuantizationReport(
            [.. layers.SelectMany(l => l.Groups)],
            [.. layers.SelectMany(l => l.Linears)],
            [.. layers.Select(l => l.Seconds)],
            bits,
            bytes,
            tensors,
            Stopwatch.GetElapsedTime(start).TotalSeconds,
            resumed,
            ProcessMemory.PeakBytes,
            plan,
            loss is { } nats ? Math.Exp(nats) : null,
            isForeign);
    }

    /// <summary>Plans the memory of a run from config.json alone.</summary>
    /// <param name="source">As for <see cref="Quantize"/>.</param>
    /// <param name="calibration">The calibration sequences; null for none.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    /// <returns>The plan, whether it fits or not.</returns>
    /// <exception cref="InvalidDataException">A file is broken.</exception>
    /// <exception cref="NotSupportedException">The architecture is not supported.</exception>
    public static QuantizationPlan Plan(string source, CalibrationSet? calibration, AwqQuantizerOptions? options = null)
    {
        options ??= new AwqQuantizerOptions();
        using var checkpoint = Checkpoint.Open(source);
        return Plan(Architecture.Read(checkpoint.Config), options, options.NeedsCalibration ? calibration : null);
    }

    private static QuantizationPlan Plan(DecoderConfig config, AwqQuantizerOptions options, CalibrationSet? calibration) =>
        QuantizationMemory.Plan(config, options, calibration?.Sequences.Count ?? 0, calibration?.Sequences[0].Length ?? 0, options.MemoryCapBytes ?? MemoryPlanner.DefaultCapBytes());

    private static void CheckOptions(AwqQuantizerOptions options, CalibrationSet? calibration)
    {
        if (options.GroupSize is not (-1 or 32 or 64 or 128))
        {
            throw new ArgumentException($"Group size {options.GroupSize}; expected 32, 64, 128, or -1 for whole rows.", nameof(options));
        }

        if (options.NeedsCalibration && calibration is null)
        {
            throw new ArgumentException("Scale search, clip search and feedback need calibration text; give some, or switch them off (--search none --no-clip).", nameof(calibration));
        }
    }

    private static void CheckModel(Checkpoint checkpoint, DecoderConfig config, AwqQuantizerOptions options, QuantizedFormat format, CalibrationSet? calibration)
    {
        if (checkpoint.Quantization is not null)
        {
            throw new InvalidDataException($"{checkpoint.Folder} is quantised; quantise its fp16, bf16 or fp32 original.");
        }

        var linears = config.Layers.SelectMany(InputReaders.LinearsOf).ToList();
        foreach (string skip in options.Skip.Where(skip => !linears.Exists(linear => LayerQuantizer.IsNamed(linear, skip))))
        {
            throw new ArgumentException($"No linear layer has {skip} in its name; they are {string.Join(", ", InputReaders.LinearsOf(config.Layers[0]).Select(l => l.Prefix).Take(8))} and so on. Give --skip a part of one.", nameof(options));
        }

        // Describing all weights finds every tensor that is missing or of another shape.
        _ = new DecoderWeights(config, checkpoint);
        foreach (var linear in linears.Where(l => LayerQuantizer.IsQuantized(l, options)))
        {
            int groupSize = options.GroupSize < 0 ? linear.InFeatures : options.GroupSize;
            if (linear.InFeatures % groupSize != 0)
            {
                throw new ArgumentException($"{linear.Prefix} has {linear.InFeatures} input features, no multiple of the group size {groupSize}. Choose a group size that divides them, or leave the layer out with --skip.", nameof(options));
            }

            format.CheckShape(linear.Prefix, linear.OutFeatures, linear.InFeatures);
        }

        if (config.Positions is not null && calibration?.Sequences[0].Length > config.MaxPositions)
        {
            throw new ArgumentException($"Calibration sequences have {calibration.Sequences[0].Length} tokens; the model has embeddings of {config.MaxPositions} positions. Use shorter ones (--sequence).", nameof(calibration));
        }

        foreach (int[] sequence in calibration?.Sequences ?? [])
        {
            int bad = Array.FindIndex(sequence, id => (uint)id >= (uint)config.VocabularySize);
            if (bad >= 0)
            {
                throw new ArgumentException($"Calibration token {bad} is {sequence[bad]}; expected 0 to {config.VocabularySize - 1}.", nameof(calibration));
            }
        }
    }

    private static void QuantizeLayers(
        Checkpoint checkpoint,
        DecoderConfig config,
        AwqQuantizerOptions options,
        QuantizedFormat format,
        CalibrationSet? calibration,
        QuantizationPlan plan,
        PartialRun run,
        long start,
        IProgress<QuantizationProgress>? progress,
        CancellationToken cancellationToken)
    {
        int layers = config.Layers.Length;
        int first = run.FinishedLayers;
        if (first == layers)
        {
            return;
        }

        using var stream = calibration is null ? null : new CalibrationStream(config, calibration.Sequences.Count, calibration.Sequences[0].Length, options.Threads ?? Environment.ProcessorCount, plan.SpillsActivations ? run.SpillPath : null);
        if (stream is not null && !run.TryReadHidden(stream.Hidden))
        {
            stream.Embed(checkpoint, config, calibration!);
        }

        var quantizer = new LayerQuantizer(options, stream);
        long firstStart = Stopwatch.GetTimestamp();
        for (int i = first; i < layers; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            long layerStart = Stopwatch.GetTimestamp();
            var quantized = quantizer.Quantize(CalibrationLayer.Load(checkpoint, config.Layers[i]), i, cancellationToken);
            var next = i + 1 < layers ? stream : null;
            next?.Advance(options.Propagate ? Dequantized(quantized) : null, cancellationToken);
            LayerReportFile.Write(run.ReportPath(i), quantized, Stopwatch.GetElapsedTime(layerStart).TotalSeconds);
            run.Finish(i, Tensors(quantized, format), next?.Hidden);
            var elapsed = Stopwatch.GetElapsedTime(start);
            progress?.Report(new QuantizationProgress(i + 1, layers, elapsed, Stopwatch.GetElapsedTime(firstStart) / (i + 1 - first) * (layers - i - 1)));
        }
    }

    /// <summary>The layer as an engine will run it.</summary>
    private static CalibrationLayer Dequantized(QuantizedLayer quantized)
    {
        var linears = InputReaders.LinearsOf(quantized.Layer.Config).Where(l => quantized.Matrices.ContainsKey(l.Prefix)).ToArray();
        return quantized.Layer.With(linears, linears.Select(l => quantized.Matrices[l.Prefix].Dequantize(l.Prefix)));
    }

    private static List<PackedTensor> Tensors(QuantizedLayer quantized, QuantizedFormat format)
    {
        List<PackedTensor> tensors = [];
        foreach (var linear in InputReaders.LinearsOf(quantized.Layer.Config))
        {
            if (quantized.Matrices.TryGetValue(linear.Prefix, out var matrix))
            {
                matrix = linear.RowOrder is { } order ? RowOrder.ToFile(matrix, order) : matrix;
                tensors.AddRange(format.Pack(matrix).Select(t => t with { Name = $"{linear.Prefix}.{t.Name}" }));
            }
            else
            {
                tensors.Add(Float(linear));
            }
        }

        tensors.AddRange(InputReaders.FloatsOf(quantized.Layer.Config).Select(Float));
        tensors.AddRange(quantized.Layer.ChangedVectors().Select(v => PackedTensor.Create(v.Name, TensorType.Float16, HalfTensor.Round(v.Name, v.Values), v.Values.Length)));
        return tensors;

        PackedTensor Float(LinearConfig linear)
        {
            var weight = quantized.Layer.Weight(linear);
            float[] values = linear.RowOrder is { } order ? RowOrder.ToFile(weight.Values, weight.Columns, order) : weight.Values;
            return PackedTensor.Create(weight.Name, TensorType.Float16, HalfTensor.Round(weight.Name, values), weight.Rows, weight.Columns);
        }
    }

    /// <summary>Copies what is not quantised before hours of work, which a number that fp16 does not hold would make useless.</summary>
    private static void CopyOthers(Checkpoint checkpoint, DecoderConfig config, PartialRun run)
    {
        if (File.Exists(run.OtherPath))
        {
            return;
        }

        var inLayers = config.Layers.SelectMany(CalibrationLayer.Replaced).ToHashSet();
        try
        {
            HalfTensors.Copy(checkpoint, checkpoint.Tensors.Values.Where(t => !inLayers.Contains(t.Name)), run.OtherPath, config);
        }
        catch when (run.FinishedLayers == 0)
        {
            run.Abandon();
            throw;
        }
    }

    private static (long Bytes, int Tensors) WriteResult(Checkpoint checkpoint, DecoderConfig config, QuantizedFormat format, PartialRun run)
    {
        run.BeginResult();
        CheckpointFolder.CopyOtherFiles(checkpoint.Folder, run.ResultFolder);
        CheckpointFolder.WriteConfig(run.ResultFolder, checkpoint.Config.Root, format);
        return CheckpointFolder.WriteShards(run.ResultFolder, [.. Enumerable.Range(0, config.Layers.Length).Select(run.LayerPath), run.OtherPath]);
    }

    private static double BitsPerWeight(PartialRun run, DecoderConfig config, AwqQuantizerOptions options)
    {
        long weights = 0;
        long bytes = 0;
        for (int i = 0; i < config.Layers.Length; i++)
        {
            using var part = SafetensorsFile.Open(run.LayerPath(i));
            foreach (var linear in InputReaders.LinearsOf(config.Layers[i]).Where(l => LayerQuantizer.IsQuantized(l, options)))
            {
                weights += (long)linear.OutFeatures * linear.InFeatures;
                bytes += part.Tensors.Values.Where(t => t.Name.StartsWith(linear.Prefix + ".", StringComparison.Ordinal) && t.Name != linear.Prefix + ".bias").Sum(t => t.ByteCount);
            }
        }

        return weights == 0 ? 16 : 8.0 * bytes / weights;
    }

    private static long OutputBytes(Checkpoint checkpoint, DecoderConfig config, AwqQuantizerOptions options)
    {
        long quantized = config.Layers.SelectMany(InputReaders.LinearsOf).Where(l => LayerQuantizer.IsQuantized(l, options)).Sum(l => (long)l.OutFeatures * l.InFeatures);
        // Half a byte a weight, and at most four bytes for the scale and zero point of each group of 32.
        return (quantized / 2) + (quantized / 8) + (2 * (checkpoint.Tensors.Values.Sum(t => t.ElementCount) - quantized));
    }

    private static long FreeBytes(string output)
    {
        string folder = Path.GetFullPath(output);
        while (!Directory.Exists(folder))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"There is no folder above {output}.");
        }

        return new DriveInfo(folder).AvailableFreeSpace;
    }
}
