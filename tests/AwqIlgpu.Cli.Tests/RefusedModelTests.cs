using System.Buffers.Binary;
using System.Text.Json;

namespace AwqIlgpu.Cli.Tests;

/// <summary>Models that cannot run: one sentence and exit code 1.</summary>
public sealed class RefusedModelTests
{
    [Theory]
    [InlineData("\"model_type\": \"mixtral\"", "\"model_type\": \"mamba\"", "model_type \"mamba\" is not supported. Supported: cohere")]
    [InlineData("\"hidden_act\": \"silu\"", "\"hidden_act\": \"mish\"", "hidden_act \"mish\" is not supported. Supported: silu")]
    [InlineData("\"rope_theta\": 1000000.0", "\"rope_theta\": 1e6, \"rope_scaling\": {\"rope_type\": \"spiral\", \"factor\": 2}", "rope type \"spiral\" is not supported. Supported: default")]
    [InlineData("\"num_local_experts\": 4", "\"num_local_experts\": 3", "has 3 experts; expected experts 0 to 2")]
    [InlineData("\"num_local_experts\": 4", "\"num_local_experts\": 5", "gate.weight has shape [4, 128]")]
    [InlineData("\"num_experts_per_tok\": 2", "\"num_experts_per_tok\": 5", "num_experts_per_tok is 5, of 4 experts")]
    public void Generate_ConfigThatAsksForMore_IsOneSentence(string from, string to, string expected)
    {
        using var folder = new TempFolder();
        string model = CopyMixtral(folder);
        string config = File.ReadAllText(folder.PathOf("config.json"));
        Assert.Contains(from, config, StringComparison.Ordinal);
        folder.Write("config.json", config.Replace(from, to, StringComparison.Ordinal));
        AssertRefused(model, expected);
    }

    [Fact]
    public void Generate_RouterOfNaN_IsOneSentence()
    {
        const string Router = "model.layers.1.block_sparse_moe.gate.weight";
        using var folder = new TempFolder();
        string model = CopyMixtral(folder);
        byte[] bytes = File.ReadAllBytes(folder.PathOf("model.safetensors"));
        int headerBytes = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerBytes));
        int offset = header.RootElement.GetProperty(Router).GetProperty("data_offsets")[0].GetInt32();
        BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(8 + headerBytes + offset), Half.NaN);
        File.WriteAllBytes(folder.PathOf("model.safetensors"), bytes);
        AssertRefused(model, Router + "[0, 0] is NaN or infinite");
    }

    private static string CopyMixtral(TempFolder folder)
    {
        foreach (string file in Directory.GetFiles(TestData.Golden("models", "mixtral", "awq")))
        {
            File.Copy(file, folder.PathOf(Path.GetFileName(file)));
        }

        return Path.GetDirectoryName(folder.PathOf("config.json"))!;
    }

    private static void AssertRefused(string model, string expected)
    {
        var run = Awq.Run("generate", model, "--token-ids", "1,2,3", "--max-tokens", "2", "--context", "16");
        Assert.Equal(1, run.ExitCode);
        Assert.Empty(run.Out);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.Single(run.Error.TrimEnd().Split('\n'));
    }
}
