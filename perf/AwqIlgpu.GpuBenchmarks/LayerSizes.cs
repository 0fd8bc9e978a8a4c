using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>The sizes of a model that decide what its kernels are asked for.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Shape">Its name among the shapes of <see cref="LanguageModel.Shapes"/>; null where it is none.</param>
/// <param name="Hidden">Width of the residual stream.</param>
/// <param name="Intermediate">Width of the feed-forward network.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KvHeads">Key and value heads.</param>
/// <param name="HeadDim">Elements of a head.</param>
/// <param name="Vocabulary">Rows of the head.</param>
/// <param name="HeadType">What head and embeddings are stored as.</param>
/// <param name="Chunk">Prompt tokens of a pass.</param>
/// <param name="Context">Cached tokens.</param>
internal sealed record LayerSizes(string Model, string? Shape, int Hidden, int Intermediate, int Heads, int KvHeads, int HeadDim, int Vocabulary, TensorType HeadType, int Chunk, int Context)
{
    /// <summary>The models that kernels are measured for.</summary>
    public static LayerSizes[] All { get; } =
    [
        new("Mistral-7B", "mistral-7b", 4096, 14336, 32, 8, 128, 32000, TensorType.Float16, 512, 4096),
        new("Qwen3-0.6B", "qwen3-0.6b", 1024, 3072, 16, 8, 128, 151936, TensorType.BFloat16, 512, 4096),
    ];

    /// <summary>Sizes that a simulated device gets through in seconds.</summary>
    public static LayerSizes[] Smoke { get; } = [new("smoke", null, 64, 128, 4, 2, 32, 96, TensorType.Float16, 16, 64)];

    /// <summary>Columns of all query heads.</summary>
    public int QueryWidth => Heads * HeadDim;

    /// <summary>Columns of all key heads.</summary>
    public int KvWidth => KvHeads * HeadDim;

    /// <summary>The linear layers, each of [out, in].</summary>
    public (string Name, int Out, int In)[] Linears =>
    [
        ("q_proj", QueryWidth, Hidden),
        ("k_proj", KvWidth, Hidden),
        ("o_proj", Hidden, QueryWidth),
        ("gate_proj", Intermediate, Hidden),
        ("down_proj", Hidden, Intermediate),
    ];
}
