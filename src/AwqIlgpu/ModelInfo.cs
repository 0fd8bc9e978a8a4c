using AwqIlgpu.Checkpoints;
using AwqIlgpu.Generation;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu;

/// <summary>What a model's folder holds, from its config.json and the headers of its safetensors; no weight is read.</summary>
public sealed record ModelInfo
{
    private const string PackedWords = ".qweight";
    private const string CompressedWords = ".weight_packed";

    // What stands beside packed words: needed to read them, but no weights themselves.
    private static readonly string[] s_besideWords = [".qzeros", ".scales", ".g_idx", ".weight_scale", ".weight_zero_point", ".weight_shape", ".weight_g_idx"];

    private ModelInfo()
    {
    }

    /// <summary><c>model_type</c> of config.json; null where it says none.</summary>
    public string? ModelType { get; private init; }

    /// <summary>How linear layers are stored: gemm, gemv, gemv_fast, marlin, compressed-tensors, float16, bfloat16 or float32; null where that cannot be told.</summary>
    public string? Format { get; private init; }

    /// <summary>Input features that share a scale; -1 for whole rows, null where nothing is quantised.</summary>
    public int? GroupSize { get; private init; }

    /// <summary>Weights, packed ones counted singly.</summary>
    public long Parameters { get; private init; }

    /// <summary>Bytes of all tensors.</summary>
    public long Bytes { get; private init; }

    /// <summary>Tensors in the files.</summary>
    public int Tensors { get; private init; }

    /// <summary>Layers that are quantised.</summary>
    public int QuantizedLayers { get; private init; }

    /// <summary>Bits for each weight of the quantised layers, scales and zero points included; null where nothing is quantised.</summary>
    public double? BitsPerWeight { get; private init; }

    /// <summary>Bytes that one token takes in an fp16 KV cache; null where the model is not supported.</summary>
    public long? KvBytesPerToken { get; private init; }

    /// <summary>Longest sequence that the model was made for, in tokens; null where the model is not supported.</summary>
    public int? Context { get; private init; }

    /// <summary>Decoder layers; null where the model is not supported.</summary>
    public int? Layers { get; private init; }

    /// <summary>Width of the residual stream; null where the model is not supported.</summary>
    public int? HiddenSize { get; private init; }

    /// <summary>Rows of the vocabulary; null where the model is not supported.</summary>
    public int? VocabularySize { get; private init; }

    /// <summary>What keeps the model from running, each in words; empty where it can run.</summary>
    public IReadOnlyList<string> Unsupported { get; private init; } = [];

    /// <summary>Reads a model's folder.</summary>
    /// <param name="folder">A folder in Hugging Face layout.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing or broken.</exception>
    public static ModelInfo Read(string folder)
    {
        Checkpoint checkpoint;
        try
        {
            checkpoint = Checkpoint.Open(folder);
        }
        catch (NotSupportedException e)
        {
            return new ModelInfo { ModelType = ConfigReader.Open(folder, "config.json").OptionalString("model_type"), Unsupported = [e.Message] };
        }

        using (checkpoint)
        {
            return Read(folder, checkpoint);
        }
    }

    private static ModelInfo Read(string folder, Checkpoint checkpoint)
    {
        var packed = checkpoint.Tensors.Values.Where(IsPacked).ToList();
        long packedWeights = packed.Sum(Weights);
        long packedBytes = packed.Sum(t => t.ByteCount) + checkpoint.Tensors.Values.Where(IsBesideWords).Sum(t => t.ByteCount);
        var unsupported = new List<string>();
        var weights = Describe(checkpoint, unsupported);
        Try(unsupported, () => GenerationConfig.Read(folder, checkpoint.Config.Root));
        return new ModelInfo
        {
            ModelType = checkpoint.Config.OptionalString("model_type"),
            Format = FormatName(checkpoint, weights),
            GroupSize = packed.Count > 0 ? checkpoint.Quantization?.GroupSize : null,
            Parameters = checkpoint.Tensors.Values.Where(t => !IsBesideWords(t)).Sum(Weights),
            Bytes = checkpoint.Tensors.Values.Sum(t => t.ByteCount),
            Tensors = checkpoint.Tensors.Count,
            QuantizedLayers = packed.Count,
            BitsPerWeight = packed.Count > 0 ? 8.0 * packedBytes / packedWeights : null,
            KvBytesPerToken = weights is null ? null : new Devices.KvCache(weights.Config, new MemorySettings(1, KvType.Fp16, 1, KvBlockLayout.BlockSize)).ByteCount / KvBlockLayout.BlockSize,
            Context = weights?.Config.MaxPositions,
            Layers = weights?.Config.Layers.Length,
            HiddenSize = weights?.Config.HiddenSize,
            VocabularySize = weights?.Config.VocabularySize,
            Unsupported = unsupported,
        };
    }

    private static DecoderWeights? Describe(Checkpoint checkpoint, List<string> unsupported)
    {
        DecoderWeights? weights = null;
        Try(unsupported, () => weights = new DecoderWeights(Architecture.Read(checkpoint.Config), checkpoint));
        return weights;
    }

    private static void Try(List<string> unsupported, Action read)
    {
        try
        {
            read();
        }
        catch (NotSupportedException e)
        {
            unsupported.Add(e.Message);
        }
    }

    // The tensors tell the layout; where the model is not supported they are not looked at, and the file's word is taken.
    private static string? FormatName(Checkpoint checkpoint, DecoderWeights? weights)
    {
        var packed = weights?.AllLinears.FirstOrDefault(linear => linear.Int4 is not null);
        if ((packed?.Info.Layout ?? checkpoint.Quantization?.Layout) is { } layout)
        {
            return layout switch
            {
                WeightLayout.Gemm => "gemm",
                WeightLayout.Gemv => "gemv",
                WeightLayout.GemvFast => "gemv_fast",
                WeightLayout.Marlin => "marlin",
                WeightLayout.CompressedTensors => "compressed-tensors",
                _ => null,
            };
        }

        return checkpoint.Tensors.Values.Any(IsPacked) ? null : checkpoint.Tensors.Values.MaxBy(t => t.ByteCount)?.Type.ToString().ToLowerInvariant();
    }

    private static bool IsPacked(TensorInfo tensor) => tensor.Name.EndsWith(PackedWords, StringComparison.Ordinal) || tensor.Name.EndsWith(CompressedWords, StringComparison.Ordinal);

    private static bool IsBesideWords(TensorInfo tensor) => Array.Exists(s_besideWords, ending => tensor.Name.EndsWith(ending, StringComparison.Ordinal));

    // Two weights to a byte in every packed layout.
    private static long Weights(TensorInfo tensor) => IsPacked(tensor) ? tensor.ByteCount * 2 : tensor.ElementCount;
}
