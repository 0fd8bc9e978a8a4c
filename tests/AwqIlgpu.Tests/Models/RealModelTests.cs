using System.Text.Json;

namespace AwqIlgpu.Tests.Models;

/// <summary>Real weights: SmolLM2-135M-Instruct as AWQ against its recorded answers.</summary>
public sealed class RealModelTests
{
    // Below this distance of the two best logits a token may differ: float arithmetic in another order decides.
    private const double DecidingMargin = 0.02;

    // Mean KL in nats of an int8 head, and of the int8 embeddings that it is here, from the stored one: what justifies that it is the default of fast
    // precision. Measured 0.0033; rounding the layers' weights to int4 costs 0.15 (perplexity 21.38 to 24.80).
    private const double Int8HeadBudget = 0.005;

    private const int Window = 512;

    private static readonly string s_folder = TestData.Shared("models", "smollm2-135m-instruct-awq");

    [SharedFact]
    public async Task Chat_Exact_GivesTheGoldenAnswers()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(s_folder, "golden.json")));
        using var model = LanguageModel.Open(s_folder, new LanguageModelOptions { Precision = Precision.Exact, Batch = 5, Context = 512 });
        var answers = golden.RootElement.GetProperty("greedy").EnumerateArray().ToArray();
        var requests = answers.Select(a => new GenerationRequest(Prompt(model, a), new GenerationOptions { MaxTokens = a.GetProperty("new_tokens").GetArrayLength() })).ToArray();
        var results = await model.GenerateBatchAsync(requests);
        for (int i = 0; i < answers.Length; i++)
        {
            int decided = answers[i].GetProperty("margin").EnumerateArray().TakeWhile(m => m.GetDouble() >= DecidingMargin).Count();
            Assert.True(decided > 2, $"answer {i} decides nothing");
            Assert.Equal(Ints(answers[i].GetProperty("new_tokens")).Take(decided), results[i].TokenIds.Take(decided));
        }
    }

    [SharedFact]
    public async Task Logits_HeadAsInt8_StayFarCloserThanInt4Weights()
    {
        using var stored = LanguageModel.Open(s_folder, new LanguageModelOptions { Head = HeadType.Stored, Context = Window });
        using var int8 = LanguageModel.Open(s_folder, new LanguageModelOptions { Head = HeadType.Int8, Context = Window });
        string text = File.ReadAllText(TestData.Shared("data", "wikitext-2", "valid.txt"))[..8192];
        var comparison = await ModelComparison.MeasureAsync(stored, int8, stored.Tokenizer.Encode(text), Window);
        Assert.True(comparison.MeanKl <= Int8HeadBudget, $"mean KL {comparison.MeanKl}, top-1 {comparison.Top1Agreement}, {comparison.Positions} positions");
    }

    private static int[] Prompt(LanguageModel model, JsonElement answer)
    {
        var messages = answer.GetProperty("messages").EnumerateArray().Select(m => new ChatMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!)).ToArray();
        int[] prompt = model.Tokenizer.Encode(model.ChatTemplate!.Render(messages), addSpecialTokens: false);
        Assert.Equal(Ints(answer.GetProperty("prompt_ids")), prompt);
        return prompt;
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt32())];
}
