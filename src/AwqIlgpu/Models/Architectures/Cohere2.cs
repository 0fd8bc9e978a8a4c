using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Cohere Command R7B and A: Cohere whose layers rotate and have a window, but for every fourth, which does neither.</summary>
internal static class Cohere2
{
    /// <summary>Reads config.json.</summary>
    public static DecoderConfig Read(ConfigReader config)
    {
        bool[] sliding = LayerTypes.SlidingLayers(config, 4);
        int window = LayerTypes.Window(config, 4096);
        config.Only("use_qk_norm", false);
        // What the published files spell out beside the keys that transformers reads.
        config.Only("order_of_interleaved_layers", "local_attn_first");
        config.Only("position_embedding_type", "rope_gptj");
        config.Only("rotary_pct", 1);
        config.Only("use_gated_activation", true);
        config.Only("use_parallel_block", true);
        config.Only("use_embedding_sharing", true);
        config.Ignore("use_parallel_embedding", "layer_switch");
        return Cohere.Read(config, new Llama.Traits { Rope = i => sliding[i] ? 0 : -1, Window = i => sliding[i] ? window : 0 });
    }
}
