using System.Runtime.InteropServices;
using System.Text.Json;

namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class PerplexityCommandTests
{
    private const int Vocabulary = 1024;
    private const int Window = 32;

    // Both sums are in double over the same float logits.
    private const int Digits = 9;

    [Fact]
    public void Perplexity_Windows_FollowsTheDefinition()
    {
        using var folder = new TempFolder();
        string[] texts = [.. DemoGolden.All.Select(golden => golden.Text)];
        string jsonl = folder.Write("text.jsonl", string.Join('\n', texts.Select(text => $"{{\"text\":\"{JsonEncodedText.Encode(text)}\"}}")));
        int[] ids = [.. texts.SelectMany(text => Awq.Ints(Awq.Run("tokenize", "--text", text, "--no-special", "--json").Json.GetProperty("token_ids")))];

        var json = Awq.Run("perplexity", "--text", jsonl, "--window", $"{Window}", "--windows", "2", "--precision", "exact", "--json").Json;

        double mean = Enumerable.Range(0, 2).Average(window => MeanLogProbability(folder, ids[(window * Window)..((window + 1) * Window)]));
        Assert.Equal(mean, json.GetProperty("mean_logprob").GetDouble(), Digits);
        Assert.Equal(Math.Exp(-mean), json.GetProperty("perplexity").GetDouble(), Digits);
        Assert.Equal(2 * (Window - 1), json.GetProperty("tokens").GetInt32());
        Assert.Equal(2, json.GetProperty("windows").GetInt32());
    }

    [Fact]
    public void Perplexity_TextShorterThanAWindow_Fails()
    {
        using var folder = new TempFolder();

        var run = Awq.Run("perplexity", "--text", folder.Write("text.txt", "a fox"), "--window", "64");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("at least one window must be full", run.Error, StringComparison.Ordinal);
    }

    // Written as the definition says, from the logits that the tool prints.
    private static double MeanLogProbability(TempFolder folder, int[] window)
    {
        string file = folder.PathOf("logits.safetensors");
        Awq.Run("logits", "--token-ids", string.Join(',', window), "--output", file, "--precision", "exact");
        byte[] bytes = File.ReadAllBytes(file);
        var logits = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(bytes.Length - (window.Length * Vocabulary * sizeof(float)))).ToArray();
        return Enumerable.Range(0, window.Length - 1).Average(position =>
        {
            double[] row = [.. logits.Skip(position * Vocabulary).Take(Vocabulary).Select(logit => (double)logit)];
            return row[window[position + 1]] - Math.Log(row.Sum(Math.Exp));
        });
    }
}
