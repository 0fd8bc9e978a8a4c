using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>Adds up what a run of the quantiser holds at one time, from the shapes alone.</summary>
internal static class QuantizationMemory
{
    // The runtime and its code, the tokenizer, and what the collector has not taken back yet.
    private const long RuntimeBytes = 144L << 20;

    // The tables of products that one input has while its linears are rounded, beside those that the layer keeps of every input: scaled ones
    // to judge and to fit by, and two factorisations, each made from a copy.
    private const int ProductsWhileRounding = 6;

    // Products fitted to, held back, and both together.
    private const int ProductsOfInput = 3;

    /// <summary>Plans a run; the activations go to a file only where the cap asks for that.</summary>
    /// <param name="config">The decoder.</param>
    /// <param name="options">Settings.</param>
    /// <param name="sequences">Calibration sequences; 0 for none.</param>
    /// <param name="length">Tokens of each.</param>
    /// <param name="capBytes">Most bytes of the process.</param>
    public static QuantizationPlan Plan(DecoderConfig config, AwqQuantizerOptions options, int sequences, int length, long capBytes)
    {
        var inMemory = Buffers(config, options, sequences, length, spills: false);
        long bytes = inMemory.Sum(b => b.Bytes);
        if (bytes <= capBytes || sequences <= 1)
        {
            return new QuantizationPlan(inMemory, false, bytes, sequences <= 1 ? bytes : Spilled().Sum(b => b.Bytes), capBytes);
        }

        var spilled = Spilled();
        long spilledBytes = spilled.Sum(b => b.Bytes);
        return new QuantizationPlan(spilled, true, spilledBytes, spilledBytes, capBytes);

        List<PlannedBuffer> Spilled() => Buffers(config, options, sequences, length, spills: true);
    }

    private static List<PlannedBuffer> Buffers(DecoderConfig config, AwqQuantizerOptions options, int sequences, int length, bool spills)
    {
        int threads = options.Threads ?? Environment.ProcessorCount;
        var layers = config.Layers.Select(InputReaders.Of).Select(inputs => inputs.ToList()).ToList();
        long weights = layers.Max(inputs => inputs.Sum(WeightsOf));
        long widest = layers.Max(inputs => inputs.Max(WeightsOf));
        long largest = layers.Max(inputs => inputs.SelectMany(i => i.Linears).Max(l => (long)l.OutFeatures * l.InFeatures));
        List<PlannedBuffer> buffers = [];
        void Add(string name, long bytes, string formula) => buffers.Add(new PlannedBuffer(name, bytes, formula, BufferLifetime.Always, -1));

        Add("weights of a layer", weights * sizeof(float) * (options.Propagate ? 2 : 1), "4 bytes each; twice where quantised layers are run");
        Add("layer as it is written", weights * 2, "1 byte each while rounding, and their tensors");
        if (sequences > 0)
        {
            var forward = new ForwardWidths(config);
            Add("activations", 3L * (spills ? 1 : sequences) * length * config.HiddenSize * sizeof(float), spills ? "3 * sequence * hidden * 4, the others in a file" : "3 * samples * sequence * hidden * 4");
            Add("forward pass", forward.Bytes(length, threads) + (3L * length * config.HiddenSize * sizeof(float)), "buffers of one sequence");
            Add("products of inputs", ProductsOfInput * layers.Max(inputs => inputs.Sum(i => ProductBytes(i))), "3 * 4 * features^2 for each input of a layer");
            Add("sampled inputs", layers.Max(inputs => inputs.Sum(SampleBytes)), "256 * 4 * features for each wide input, and the outputs of one");
            Add("search and rounding", Math.Max(
                options.Search == ScaleSearchKind.None ? 0 : widest * sizeof(float),
                (options.EffectiveRounding == WeightRounding.Feedback ? ProductsWhileRounding : 1) * layers.Max(inputs => inputs.Max(ProductBytes))),
                "the larger of: trial weights of a group; products of its inputs while they are scaled and factored");
        }

        Add("largest linear", largest * 10, "10 bytes a weight while it is rounded in several ways");
        Add("runtime", RuntimeBytes, "fixed");
        return buffers;
    }

    private static long WeightsOf(InputReaders readers) => readers.Linears.Concat(readers.Floats).Sum(l => (long)l.OutFeatures * l.InFeatures);

    private static long SampleBytes(InputReaders readers) =>
        InputStatistics.IsSampled(readers.Linears[0].InFeatures) ? (long)InputStatistics.SampleTokens * sizeof(float) * (readers.Linears[0].InFeatures + (2L * readers.Linears[0].OutFeatures)) : 0;

    private static long ProductBytes(InputReaders readers) => GramMatrix.ByteCount(readers.Linears[0].InFeatures);
}
