namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class InspectCommandTests
{
    [Fact]
    public void Inspect_DemoModel_TellsWhatItHolds()
    {
        var json = Awq.Run("inspect", "--json").Json;

        Assert.Equal("llama", json.GetProperty("model_type").GetString());
        Assert.Equal("gemm", json.GetProperty("format").GetString());
        Assert.Equal(128, json.GetProperty("group_size").GetInt32());

        // 4 layers of q 256*256, k and v 128*256 each, o 256*256, gate, up and down 768*256, two norms; embeddings 1024*256; the last norm.
        int layer = (2 * 256 * 256) + (2 * 128 * 256) + (3 * 768 * 256) + (2 * 256);
        Assert.Equal((4 * layer) + (1024 * 256) + 256, json.GetProperty("parameters").GetInt64());

        // 4 layers, key and value, 2 heads of 64, 2 bytes.
        Assert.Equal(4 * 2 * 2 * 64 * 2, json.GetProperty("kv_bytes_per_token").GetInt64());

        // A group of 128 weights has 4 bits each, a scale of 16 and a zero point of 4.
        Assert.Equal(4 + ((16 + 4) / 128.0), json.GetProperty("bits_per_weight").GetDouble());
        Assert.Empty(json.GetProperty("unsupported").EnumerateArray());
    }

    [Theory]
    [InlineData("qwen3", "qwen3", "gemm")]
    [InlineData("llama-ct-asym", "llama", "compressed-tensors")]
    public void Inspect_OtherModels_TellsTypeAndFormat(string name, string modelType, string format)
    {
        var json = Awq.Run("inspect", TestData.Golden("models", name, "awq"), "--json").Json;

        Assert.Equal(modelType, json.GetProperty("model_type").GetString());
        Assert.Equal(format, json.GetProperty("format").GetString());
    }

    [Fact]
    public void Inspect_UnsupportedModel_SaysWhatInPlaceOfFailing()
    {
        using var folder = new TempFolder();
        string model = folder.CopyDemo("model.safetensors");
        folder.Write("config.json", File.ReadAllText(Path.Combine(ModelFolder.Demo, "config.json")).Replace("\"llama\"", "\"unheard_of\"", StringComparison.Ordinal));

        var run = Awq.Run("inspect", model, "--json");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("unheard_of", run.Json.GetProperty("model_type").GetString());
        Assert.Equal("gemm", run.Json.GetProperty("format").GetString());
        string[] problems = [.. run.Json.GetProperty("unsupported").EnumerateArray().Select(problem => problem.GetString()!)];
        Assert.Contains(problems, problem => problem.Contains("unheard_of", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Contains("tokenizer.json", StringComparison.Ordinal));
    }

    [Fact]
    public void Inspect_UnsupportedQuantization_SaysWhich()
    {
        using var folder = new TempFolder();
        string model = folder.CopyDemo("model.safetensors", "tokenizer.json");
        folder.Write("config.json", """{"model_type":"llama","quantization_config":{"quant_method":"gptq","bits":4,"group_size":128}}""");

        var run = Awq.Run("inspect", model);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("gptq", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Inspect_BrokenFile_Fails()
    {
        using var folder = new TempFolder();
        string model = folder.CopyDemo("config.json");
        folder.Write("model.safetensors", "no safetensors");

        Assert.Equal(1, Awq.Run("inspect", model).ExitCode);
    }
}
