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
              "model_type": "{{(random.Next(2) == 0 ? "llama" : "qwen3")}}", "hidden_act": "silu",
              "hidden_size": {{GroupSize * random.Next(1, 4)}}, "intermediate_size": {{GroupSize * random.Next(1, 6)}}, "num_hidden_layers": {{random.Next(1, 4)}},
              "num_attention_heads": {{heads}}, "num_key_value_heads": {{kvHeads}}, "head_dim": {{headDim}},
              "max_position_embeddings": 2048, "tie_word_embeddings": {{(random.Next(2) == 0 ? "true" : "false")}}, "vocab_size": {{random.Next(20, 200)}}
            }
            """;
        var config = Architecture.Read(ConfigReader.Parse(Encoding.UTF8.GetBytes(json), "tiny"));
        return new DecoderWeights(config, new RandomWeights(config, random.Next(2) == 0 ? WeightFormat.Awq : WeightFormat.Fp16, GroupSize));
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

    public static MemoryFootprint Footprint(int seed) => new(Random(seed), new LanguageModelOptions { Threads = 2 }, tokenizerBytes: 0);
}
