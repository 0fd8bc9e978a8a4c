using System.Text;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu.Tests.Memory;

/// <summary>Small decoders of random shape, with random weights.</summary>
internal static class TinyDecoder
{
    private const int GroupSize = 32;

    // Without and with windows, a window in some of the layers, and experts.
    private static readonly string[] s_types =
    [
        """ "model_type": "llama" """,
        """ "model_type": "qwen3" """,
        """ "model_type": "mistral", "sliding_window": $window """,
        """ "model_type": "gemma2", "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 16, "sliding_window": $window """,
        """ "model_type": "qwen3_moe", "num_experts": 5, "num_experts_per_tok": 2, "moe_intermediate_size": 64, "norm_topk_prob": true, "decoder_sparse_step": 1, "mlp_only_layers": [] """,
    ];

    /// <summary>A decoder whose sizes follow from a seed.</summary>
    public static DecoderWeights Random(int seed)
    {
        var random = new Random(seed);
        int kvHeads = random.Next(1, 4);
        int heads = kvHeads * random.Next(1, 4);
        int headDim = 2 * random.Next(2, 20);
        string json = $$"""
            {
              {{s_types[random.Next(s_types.Length)].Replace("$window", $"{random.Next(1, 150)}", StringComparison.Ordinal)}}, "hidden_act": "silu",
              "hidden_size": {{GroupSize * random.Next(1, 4)}}, "intermediate_size": {{GroupSize * random.Next(1, 6)}}, "num_hidden_layers": {{random.Next(1, 4)}},
              "num_attention_heads": {{heads}}, "num_key_value_heads": {{kvHeads}}, "head_dim": {{headDim}},
              "max_position_embeddings": 2048, "tie_word_embeddings": {{(random.Next(2) == 0 ? "true" : "false")}}, "vocab_size": {{random.Next(20, 200)}}
            }
            """;
        return Weights(json, random.Next(2) == 0 ? WeightFormat.Awq : WeightFormat.Fp16);
    }

    /// <summary>A decoder of two layers, one of which sees a window and one everything.</summary>
    public static DecoderWeights Windowed(int window) => Weights(
        $$"""
        {
          "model_type": "gemma2", "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 16, "sliding_window": {{window}},
          "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
          "max_position_embeddings": 2048, "tie_word_embeddings": true, "vocab_size": 50
        }
        """,
        WeightFormat.Awq);

    /// <summary>Settings that follow from a seed.</summary>
    public static LanguageModelOptions Options(int seed)
    {
        var random = new Random(seed);
        return new LanguageModelOptions
        {
            Precision = random.Next(4) == 0 ? Precision.Exact : Precision.Fast,
            Threads = 1,
            MemoryCapBytes = 1L << 40,
            Chunk = random.Next(1, 70),
            Kv = (KvType)random.Next(4),
            Batch = random.Next(1, 6),
            Context = random.Next(1, 200),
        };
    }

    private static DecoderWeights Weights(string json, WeightFormat format)
    {
        var config = Architecture.Read(ConfigReader.Parse(Encoding.UTF8.GetBytes(json), "tiny"));
        return new DecoderWeights(config, new RandomWeights(config, format, GroupSize));
    }

    public static MemoryFootprint Footprint(int seed) => new(Random(seed), new LanguageModelOptions { Threads = 2 }, tokenizerBytes: 0);
}
