using System.Text.Json.Nodes;

namespace AwqIlgpu.Tests;

/// <summary>Folders whose parts are each well formed and contradict each other, or ask for the absurd: a sentence, little memory, no crash.</summary>
public sealed class MalformedModelTests
{
    private const long MaxAllocated = 64 << 20;

    private static readonly Dictionary<string, string> s_changes = new()
    {
        ["model type unknown"] = """{"model_type":"gpt2"}""",
        ["model type a number"] = """{"model_type":7}""",
        ["no model type"] = """{"model_type":null}""",
        ["a key nobody knows"] = """{"attention_flavour":"sweet"}""",
        ["activation unknown"] = """{"hidden_act":"snake"}""",
        ["layers 0"] = """{"num_hidden_layers":0}""",
        ["layers negative"] = """{"num_hidden_layers":-2}""",
        ["layers more than the file has"] = """{"num_hidden_layers":3}""",
        ["layers two thousand million"] = """{"num_hidden_layers":2000000000}""",
        ["layers beyond 64 bits"] = """{"num_hidden_layers":1e30}""",
        ["hidden size other than the file's"] = """{"hidden_size":256}""",
        ["hidden size two thousand million"] = """{"hidden_size":2147483647}""",
        ["hidden size fractional"] = """{"hidden_size":128.5}""",
        ["intermediate size other than the file's"] = """{"intermediate_size":256}""",
        ["intermediate size two thousand million"] = """{"intermediate_size":2147483647}""",
        ["vocabulary other than the file's"] = """{"vocab_size":300}""",
        ["vocabulary two thousand million"] = """{"vocab_size":2147483647}""",
        ["heads 0"] = """{"num_attention_heads":0}""",
        ["heads that overflow"] = """{"num_attention_heads":67108864,"num_key_value_heads":67108864}""",
        ["KV heads that do not divide"] = """{"num_key_value_heads":3}""",
        ["KV heads more than heads"] = """{"num_key_value_heads":8}""",
        ["head dimension odd"] = """{"head_dim":31}""",
        ["head dimension two thousand million"] = """{"head_dim":2147483646}""",
        ["epsilon negative"] = """{"rms_norm_eps":-1}""",
        ["epsilon a text"] = """{"rms_norm_eps":"small"}""",
        ["rope theta negative"] = """{"rope_theta":-10000}""",
        ["rope theta 0"] = """{"rope_theta":0}""",
        ["rope type unknown"] = """{"rope_scaling":{"rope_type":"spiral","factor":2}}""",
        ["rope factor missing"] = """{"rope_scaling":{"rope_type":"linear"}}""",
        ["rope factor 0"] = """{"rope_scaling":{"rope_type":"linear","factor":0}}""",
        ["rope key unknown"] = """{"rope_scaling":{"rope_type":"linear","factor":2,"twist":1}}""",
        ["rope scaling a text"] = """{"rope_scaling":"linear"}""",
        ["longrope without factors"] = """{"rope_scaling":{"rope_type":"longrope","factor":2}}""",
        ["longrope with too few factors"] = """{"rope_scaling":{"rope_type":"longrope","factor":2,"short_factor":[1],"long_factor":[1]}}""",
        ["partial rotary of nothing"] = """{"partial_rotary_factor":0.01}""",
        ["partial rotary beyond the head"] = """{"partial_rotary_factor":2}""",
        ["positions 0"] = """{"max_position_embeddings":0}""",
        ["group size 0"] = """{"quantization_config":{"quant_method":"awq","bits":4,"group_size":0,"zero_point":true,"version":"gemm"}}""",
        ["group size that does not divide"] = """{"quantization_config":{"quant_method":"awq","bits":4,"group_size":48,"zero_point":true,"version":"gemm"}}""",
        ["three bits"] = """{"quantization_config":{"quant_method":"awq","bits":3,"group_size":128,"zero_point":true,"version":"gemm"}}""",
        ["method unknown"] = """{"quantization_config":{"quant_method":"magic"}}""",
    };

    public static TheoryData<string> Changes => [.. s_changes.Keys];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Open_ConfigChanged_RefusedInASentence(string name)
    {
        using var folder = new LlamaCopy();
        folder.ChangeConfig(s_changes[name]);
        folder.AssertRefused();
    }

    [Theory]
    [InlineData("config.json", "{")]
    [InlineData("config.json", "[]")]
    [InlineData("generation_config.json", "{\"eos_token_id\":\"end\"}")]
    [InlineData("generation_config.json", "nonsense")]
    [InlineData("tokenizer.json", "{}")]
    [InlineData("tokenizer.json", "{\"model\":{\"type\":\"Unigram\",\"vocab\":[]}}")]
    [InlineData("tokenizer_config.json", "{\"chat_template\":\"{% for %}\"}")]
    [InlineData("chat_template.jinja", "{{ messages[ }}")]
    public void Open_FileBroken_RefusedInASentence(string file, string content)
    {
        using var folder = new LlamaCopy();
        File.WriteAllText(folder.File(file), content);
        folder.AssertRefused();
    }

    [Fact]
    public void Open_NaNScale_NamesTheTensor()
    {
        using var folder = new LlamaCopy();
        var golden = new GoldenFile(folder.File("model.safetensors"));
        const string Name = "model.layers.1.mlp.down_proj.scales";
        byte[] bytes = File.ReadAllBytes(folder.File("model.safetensors"));
        int start = bytes.AsSpan().IndexOf(golden.Bytes(Name)[..64]);
        bytes[start] = 0xFF;
        bytes[start + 1] = 0x7F;
        File.WriteAllBytes(folder.File("model.safetensors"), bytes);
        Assert.Contains(Name, folder.AssertRefused());
    }

    [Fact]
    public void Open_FileCutAfterItsHeader_Refused()
    {
        using var folder = new LlamaCopy();
        byte[] bytes = File.ReadAllBytes(folder.File("model.safetensors"));
        File.WriteAllBytes(folder.File("model.safetensors"), bytes[..(bytes.Length / 2)]);
        folder.AssertRefused();
    }

    private sealed class LlamaCopy : IDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

        public LlamaCopy()
        {
            foreach (string file in Directory.GetFiles(TestData.Golden("models", "llama", "awq")))
            {
                System.IO.File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
            }
        }

        public string File(string name) => Path.Combine(_folder, name);

        public void ChangeConfig(string changes)
        {
            var config = JsonNode.Parse(System.IO.File.ReadAllText(File("config.json")))!.AsObject();
            foreach (var (key, value) in JsonNode.Parse(changes)!.AsObject())
            {
                config[key] = value?.DeepClone();
            }

            System.IO.File.WriteAllText(File("config.json"), config.ToJsonString());
        }

        public string AssertRefused()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            var thrown = Assert.ThrowsAny<Exception>(() => LanguageModel.Open(_folder, new LanguageModelOptions { Context = 64 }).Dispose());
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(thrown is InvalidDataException or NotSupportedException, $"{thrown.GetType()}: {thrown.Message}");
            Assert.DoesNotContain('\n', thrown.Message);
            Assert.True(allocated < MaxAllocated, $"{allocated} bytes allocated");
            return thrown.Message;
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }
}
