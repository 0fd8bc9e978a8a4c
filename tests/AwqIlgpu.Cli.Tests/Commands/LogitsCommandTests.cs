using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class LogitsCommandTests
{
    private const int Vocabulary = 1024;

    [Fact]
    public void Logits_File_HoldsARowForEachPosition()
    {
        using var folder = new TempFolder();
        var golden = DemoGolden.Story;
        int[] text = [.. golden.PromptIds, .. golden.NewTokens[..^1]];
        string file = folder.PathOf("logits.safetensors");

        var run = Awq.Run("logits", "--token-ids", string.Join(',', text), "--output", file, "--precision", "exact", "--json");

        Assert.Equal([text.Length, Vocabulary], Awq.Ints(run.Json.GetProperty("shape")));
        var (header, data) = Read(file);
        var tensor = header.GetProperty("logits");
        Assert.Equal("F32", tensor.GetProperty("dtype").GetString());
        Assert.Equal([text.Length, Vocabulary], Awq.Ints(tensor.GetProperty("shape")));
        Assert.Equal([0, data.Length * sizeof(float)], Awq.Ints(tensor.GetProperty("data_offsets")));

        // Greedy: the largest logit of a position is the token that follows.
        for (int i = 0; i < golden.NewTokens.Length; i++)
        {
            var row = data.AsSpan((golden.PromptIds.Length - 1 + i) * Vocabulary, Vocabulary);
            Assert.Equal(golden.NewTokens[i], row.IndexOf(row.ToArray().Max()));
        }
    }

    [Fact]
    public void Logits_Failure_LeavesNoFile()
    {
        using var folder = new TempFolder();
        string file = folder.PathOf("logits.safetensors");

        var run = Awq.Run("logits", "--token-ids", "1,99999", "--output", file);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("99999", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(file)!));
    }

    [Fact]
    public void Logits_WithoutIds_IsAUsageError() => Assert.Equal(2, Awq.Run("logits", "--output", "x.safetensors").ExitCode);

    private static (JsonElement Header, float[] Data) Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Assert.Equal(0, length % 8);
        return (JsonElement.Parse(bytes.AsSpan(8, length)), MemoryMarshal.Cast<byte, float>(bytes.AsSpan(8 + length)).ToArray());
    }
}
