using System.Text.Json;

namespace AwqIlgpu.Tests.Models;

/// <summary>Real weights: SmolLM2-135M-Instruct as AWQ against its recorded answers.</summary>
public sealed class RealModelTests
{
    // Below this distance of the two best logits a token may differ: float arithmetic in another order decides.
    private const double DecidingMargin = 0.02;

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

    private static int[] Prompt(LanguageModel model, JsonElement answer)
    {
        var messages = answer.GetProperty("messages").EnumerateArray().Select(m => new ChatMessage(m.GetProperty("role").GetString()!, m.GetProperty("content").GetString()!)).ToArray();
        int[] prompt = model.Tokenizer.Encode(model.ChatTemplate!.Render(messages), addSpecialTokens: false);
        Assert.Equal(Ints(answer.GetProperty("prompt_ids")), prompt);
        return prompt;
    }

    private static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(v => v.GetInt32())];
}
