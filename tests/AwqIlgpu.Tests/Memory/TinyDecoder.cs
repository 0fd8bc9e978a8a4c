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

    /// <summary>A decoder whose sizes follow from a seed.</summary>
    public static DecoderWeights Random(int seed)
    {
        var random = new Random(seed);
        int kvHeads = random.Next(1, 4);
        int heads = kvHeads * random.Next(1, 4);
        int headDim = 2 * random.Next(2, 20);
        string json = $$"""
            {
              {{Family(random)}}, "hidden_act": "silu",
              "hidden_size": {{GroupSize * random.Next(1, 4)}}, "intermediate_size": {{GroupSize * random.Next(1, 6)}}, "num_hidden_layers": {{random.Next(1, 4)}},
              "num_attention_heads": {{heads}}, "num_key_value_heads": {{kvHeads}}, "head_dim": {{headDim}},
              "max_position_embeddings": 2048, "tie_word_embeddings": {{(random.Next(2) == 0 ? "true" : "false")}}, "vocab_size": {{random.Next(20, 200)}}
            }
            """;
        return Weights(json, random.Next(2) == 0 ? WeightFormat.Awq : WeightFormat.Fp16, Options(seed));
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
        WeightFormat.Awq,
        new LanguageModelOptions { Head = HeadType.Stored });

    private static string Family(Random random)
    {
        int groups = random.Next(1, 4);
        int experts = 2 * groups * random.Next(1, 4);
        string width = $"\"moe_intermediate_size\": {GroupSize * random.Next(1, 3)}";
        string latent = $$"""
            "n_routed_experts": {{experts}}, "num_experts_per_tok": {{random.Next(1, 3)}}, "n_group": {{groups}}, "topk_group": {{random.Next(1, groups + 1)}},
            "n_shared_experts": {{random.Next(1, 3)}}, "first_k_dense_replace": {{random.Next(3)}}, {{width}}, "kv_lora_rank": {{GroupSize * random.Next(1, 3)}},
            "q_lora_rank": {{(random.Next(2) == 0 ? "null" : $"{GroupSize}")}}, "qk_rope_head_dim": {{2 * random.Next(1, 10)}}, "qk_nope_head_dim": {{random.Next(1, 20)}}, "v_head_dim": {{random.Next(1, 40)}}
            """;
        int window = random.Next(1, 150);
        return random.Next(9) switch
        {
            0 => $$""" "model_type": "mixtral", "num_local_experts": {{experts}}, "num_experts_per_tok": 2 """,
            1 => $$""" "model_type": "qwen2_moe", "num_experts": {{experts}}, "num_experts_per_tok": 2, "shared_expert_intermediate_size": {{GroupSize}}, {{width}} """,
            2 => $$""" "model_type": "qwen3_moe", "num_experts": {{experts}}, "num_experts_per_tok": 1, "decoder_sparse_step": {{random.Next(1, 3)}}, {{width}} """,
            3 => $$""" "model_type": "deepseek_v2", {{latent}} """,
            4 => $$""" "model_type": "deepseek_v3", {{latent}} """,
            5 => """ "model_type": "qwen3" """,
            6 => $$""" "model_type": "mistral", "sliding_window": {{window}} """,
            7 => $$""" "model_type": "gemma2", "hidden_activation": "gelu_pytorch_tanh", "query_pre_attn_scalar": 16, "sliding_window": {{window}} """,
            _ => """ "model_type": "llama" """,
        };
    }

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

    private static DecoderWeights Weights(string json, WeightFormat format, LanguageModelOptions options)
    {
        var config = Architecture.Read(ConfigReader.Parse(Encoding.UTF8.GetBytes(json), "tiny"));
        var source = new RandomWeights(config, format, GroupSize);
        return new DecoderWeights(config, source, options.HeadOf(source));
    }

    public static MemoryFootprint Footprint(int seed) => new(Random(seed), new LanguageModelOptions { Threads = 2 }, tokenizerBytes: 0);
}
