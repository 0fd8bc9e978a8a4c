using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models.Architectures;
using AwqIlgpu.Tests.Checkpoints;

namespace AwqIlgpu.Tests.Models;

/// <summary>What config.json may ask for, and what is refused by name.</summary>
public sealed class ArchitectureTests
{
    private const string Sizes = """
        "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_hidden_layers": 4, "max_position_embeddings": 128
        """;

    private const string Llama = $$""" "model_type": "llama", "hidden_act": "silu", {{Sizes}} """;
    private const string Mixtral = $$""" "model_type": "mixtral", "hidden_act": "silu", "num_local_experts": 4, "num_experts_per_tok": 2, {{Sizes}} """;
    private const string Falcon = """ "model_type": "falcon", "vocab_size": 64, "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2 """;
    private const string Opt = """ "model_type": "opt", "ffn_dim": 64, "vocab_size": 64, "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 2, "max_position_embeddings": 128 """;
    private const string Exaone4 = $$""" "model_type": "exaone4", "hidden_act": "silu", {{Sizes}} """;
    private const string DeepSeek = $$"""
        "hidden_act": "silu", "n_routed_experts": 8, "num_experts_per_tok": 2, "moe_intermediate_size": 16, "kv_lora_rank": 16, "qk_rope_head_dim": 8, "qk_nope_head_dim": 8, "v_head_dim": 8, {{Sizes}}
        """;

    [Theory]
    [InlineData(""" "model_type": "mamba" """, "\"mamba\" is not supported. Supported: cohere, cohere2,")]
    [InlineData($$""" {{Llama}}, "invented_key": 3 """, "invented_key")]
    [InlineData($$""" "model_type": "llama", "hidden_act": "mish", {{Sizes}} """, "hidden_act \"mish\"")]
    [InlineData($$""" {{Llama}}, "rope_scaling": {"rope_type": "spiral", "factor": 2} """, "rope type \"spiral\"")]
    [InlineData($$""" {{Llama}}, "rope_scaling": {"rope_type": "linear", "factor": 2, "short_mscale": 1.1} """, "rope_scaling.short_mscale")]
    [InlineData($$""" {{Falcon}}, "alibi": true """, "alibi is true")]
    [InlineData($$""" {{Opt}}, "do_layer_norm_before": false """, "do_layer_norm_before is false")]
    [InlineData($$""" {{Opt}}, "word_embed_proj_dim": 16 """, "word_embed_proj_dim is 16")]
    [InlineData($$""" {{Exaone4}}, "sliding_window": 16, "layer_types": ["linear_attention", "full_attention", "full_attention", "full_attention"] """, "\"linear_attention\"")]
    [InlineData($$""" "model_type": "deepseek_v3", {{DeepSeek}}, "topk_method": "greedy" """, "topk_method is \"greedy\"")]
    [InlineData($$""" "model_type": "deepseek_v2", {{DeepSeek}}, "moe_layer_freq": 2 """, "moe_layer_freq is 2")]
    [InlineData($$""" "model_type": "starcoder2", "hidden_act": "gelu_pytorch_tanh", {{Sizes}}, "norm_type": "rms_norm" """, "norm_type is \"rms_norm\"")]
    [InlineData($$""" "model_type": "cohere2", "hidden_act": "silu", {{Sizes}}, "use_parallel_block": false """, "use_parallel_block is false")]
    public void Read_NotSupported_SaysWhat(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<NotSupportedException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData($$""" {{Llama}}, "num_key_value_heads": 3 """, "num_key_value_heads 3")]
    [InlineData($$""" {{Llama}}, "partial_rotary_factor": 1.5 """, "partial rotary factor of 1.5")]
    [InlineData($$""" {{Llama}}, "rope_scaling": {"rope_type": "longrope", "short_factor": [1, 1], "long_factor": [1, 1, 1, 1]} """, "2 short and 4 long factors; expected 4")]
    [InlineData($$""" "model_type": "mixtral", "hidden_act": "silu", "num_local_experts": 4, "num_experts_per_tok": 5, {{Sizes}} """, "num_experts_per_tok is 5, of 4 experts")]
    [InlineData($$""" "model_type": "deepseek_v3", {{DeepSeek}}, "n_group": 3 """, "n_group is 3")]
    [InlineData($$""" "model_type": "deepseek_v3", {{DeepSeek}}, "n_group": 8, "topk_group": 1 """, "of 1 experts to choose from")]
    [InlineData($$""" "model_type": "smollm3", "hidden_act": "silu", "no_rope_layers": [1, 0], {{Sizes}} """, "no_rope_layers has 2 entries")]
    [InlineData(""" "model_type": "llama", "hidden_act": "silu", "vocab_size": 64, "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4, "num_hidden_layers": 2000000000, "max_position_embeddings": 128 """, "num_hidden_layers")]
    public void Read_Contradiction_SaysWhere(string json, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Read(json)).Message, StringComparison.Ordinal);

    // Keys that published files hold and transformers does not read.
    [Theory]
    [InlineData($$""" {{Falcon}}, "ff_factor": 4 """)]
    [InlineData($$""" "model_type": "smollm3", "hidden_act": "silu", "max_window_layers": 28, {{Sizes}} """)]
    [InlineData($$""" "model_type": "stablelm", "hidden_act": "silu", "num_heads": 32, "rope_pct": 0.25, "rotary_scaling_factor": 1.0, {{Sizes}} """)]
    [InlineData($$""" "model_type": "starcoder2", "hidden_act": "gelu_pytorch_tanh", "activation_function": "gelu", "layer_norm_epsilon": 1e-5, "mlp_type": "default", "norm_type": "layer_norm", "scale_attn_weights": true, "attention_softmax_in_fp32": true, "scale_attention_softmax_in_fp32": true, {{Sizes}} """)]
    [InlineData($$""" "model_type": "cohere2", "hidden_act": "silu", "layer_switch": 4, "order_of_interleaved_layers": "local_attn_first", "position_embedding_type": "rope_gptj", "rotary_pct": 1.0, "use_embedding_sharing": true, "use_gated_activation": true, "use_parallel_block": true, "use_parallel_embedding": true, {{Sizes}} """)]
    public void Read_KeysOfPublishedFiles_AreUnderstood(string json) => Assert.NotEmpty(Read(json).Layers);

    [Fact]
    public void Read_FirstFalcon_SharesOneKeyHeadAndOneNorm()
    {
        var layer = Read(Falcon).Layers[0];
        Assert.Equal(1, layer.Attention.NumKvHeads);
        Assert.True(layer.Parallel);
        Assert.Null(layer.FeedForwardNorm);
        Assert.Equal("transformer.h.0.input_layernorm", layer.InputNorm!.Prefix);
    }

    [Theory]
    [InlineData("mistral", "", 4096)]
    [InlineData("mistral", ", \"sliding_window\": null", 0)]
    [InlineData("mistral", ", \"sliding_window\": 7", 7)]
    [InlineData("gemma2", "", 4096)]
    [InlineData("phi3", "", 0)]
    public void Read_SlidingWindowMissingOrNull_IsWhatTransformersTakes(string modelType, string window, int expected) =>
        Assert.Equal(expected, Read($$""" "model_type": "{{modelType}}", "hidden_act": "silu", {{Sizes}}{{window}} """).Layers[0].Attention.Window);

    // The scale of DeepSeek's configs: 40 times 4096 positions, mscale_all_dim on the scores as a whole, squared.
    [Theory]
    [InlineData("deepseek_v2")]
    [InlineData("deepseek_v3")]
    public void Read_DeepSeekWithYarn_ScalesTheScores(string modelType)
    {
        var layer = Read($$""" "model_type": "{{modelType}}", {{DeepSeek}}, "rope_scaling": {"type": "yarn", "factor": 40, "original_max_position_embeddings": 16, "mscale": 0.707, "mscale_all_dim": 0.707} """).Layers[0];
        double mscale = (0.1 * 0.707 * Math.Log(40)) + 1;
        Assert.Equal((float)(mscale * mscale / 4), layer.Attention.Scale);
    }

    [Fact]
    public void Read_Exaone4WithWindow_GlobalLayerNeitherRotatesNorForgets()
    {
        var layers = Read($$""" {{Exaone4}}, "sliding_window": 16, "sliding_window_pattern": 4 """).Layers;
        Assert.Equal([0, 0, 0, -1], layers.Select(l => l.Attention.Rope));
        Assert.Equal([16, 16, 16, 0], layers.Select(l => l.Attention.Window));
    }

    [Fact]
    public void Read_Gemma3RopeByLayerType_TakesEach()
    {
        var decoder = Read($$""" "model_type": "gemma3_text", {{Sizes}}, "sliding_window": 16, "sliding_window_pattern": 2, "rope_parameters": {"full_attention": {"rope_type": "linear", "factor": 8, "rope_theta": 5e5}, "sliding_attention": {"rope_type": "default", "rope_theta": 2e4} } """);
        Assert.Equal([5e5, 2e4], decoder.Ropes.Select(r => r.Theta));
        Assert.Equal([8, 1], decoder.Ropes.Select(r => r.Factor));
        Assert.Equal([1, 0, 1, 0], decoder.Layers.Select(l => l.Attention.Rope));
    }

    [Fact]
    public void Read_MixtralWithoutWindow_ExpertsTakeTheBlocksPlace()
    {
        var layer = Read(Mixtral).Layers[3];
        Assert.Null(layer.FeedForward);
        Assert.Equal("model.layers.3.block_sparse_moe.experts.2.w3", layer.Experts!.Experts[2].GateUp[1].Prefix);
    }

    // Two key heads with two query heads each, two elements: the file has q0 q1 k0 v0 q2 q3 k1 v1.
    [Fact]
    public void Order_TwoGroups_QueriesThenKeysThenValues() =>
        Assert.Equal([0, 1, 2, 3, 8, 9, 12, 13, 4, 5, 6, 7, 10, 11, 14, 15], FusedRows.Order(4, 2, 2));

    private static AwqIlgpu.Models.DecoderConfig Read(string json)
    {
        using var folder = new TempCheckpoint("{" + json + "}");
        return Architecture.Read(ConfigReader.Open(folder.Folder, "config.json"));
    }
}
