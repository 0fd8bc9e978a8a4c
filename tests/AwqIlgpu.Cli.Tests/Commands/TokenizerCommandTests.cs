namespace AwqIlgpu.Cli.Tests.Commands;

/// <summary>tokenize, detokenize and render, which need no weights.</summary>
public sealed class TokenizerCommandTests
{
    private static readonly string[] s_files = ["tokenizer.json", "tokenizer_config.json"];

    [Fact]
    public void Tokenize_ThenDetokenize_GivesTheText()
    {
        using var folder = new TempFolder();
        string model = folder.CopyDemo(s_files);
        const string Text = "Once upon a time, <|im_end|> a fox.";

        int[] ids = Awq.Ints(Awq.Run("tokenize", model, "--text", Text, "--json").Json.GetProperty("token_ids"));
        var whole = Awq.Run("detokenize", model, "--token-ids", string.Join(',', ids), "--json").Json;
        var skipped = Awq.Run("detokenize", model, "--token-ids", string.Join(',', ids), "--skip-special");

        Assert.Equal(Text, whole.GetProperty("text").GetString());
        Assert.Equal("Once upon a time,  a fox.", skipped.Out.TrimEnd('\n'));
    }

    [Fact]
    public void Tokenize_NoSpecial_LeavesOnlyTheTextsOwnTokens()
    {
        string model = TestData.Golden("tokenizers", "flags_bytelevel");

        string plain = Awq.Run("tokenize", model, "--text", "a fox", "--no-special").Out.TrimEnd();
        string whole = Awq.Run("tokenize", model, "--text", "a fox").Out.TrimEnd();

        Assert.Contains($",{plain},", whole, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokenize_Jsonl_GivesTheIdsOfEachLine()
    {
        using var folder = new TempFolder();
        string lines = folder.Write("in.jsonl", "{\"text\":\"a fox\"}\n{\"text\":\"\"}\n");

        var items = Awq.Run("tokenize", "--jsonl", lines, "--json").Json.GetProperty("items").EnumerateArray().ToArray();

        int[] one = Awq.Ints(Awq.Run("tokenize", "--file", folder.Write("in.txt", "a fox"), "--json").Json.GetProperty("token_ids"));
        Assert.Equal(one, Awq.Ints(items[0].GetProperty("token_ids")));
        Assert.Empty(Awq.Ints(items[1].GetProperty("token_ids")));
    }

    [Theory]
    [InlineData("{\"text\":5}", "line 2: \"text\" must be a string")]
    [InlineData("{\"text\":\"\\ud800\"}", "valid Unicode")]
    [InlineData("[1]", "line 2 is Array")]
    public void Tokenize_BadLine_NamesTheLine(string line, string message)
    {
        using var folder = new TempFolder();

        var run = Awq.Run("tokenize", "--jsonl", folder.Write("in.jsonl", "{\"text\":\"\"}\n" + line + "\n"), "--json");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public void Detokenize_Jsonl_GivesTheTextOfEachLine()
    {
        using var folder = new TempFolder();
        string lines = folder.Write("in.jsonl", "{\"token_ids\":[35,501,280]}\n{\"token_ids\":[]}\n");

        Assert.Equal("Ada was\n\n", Awq.Run("detokenize", "--jsonl", lines).Out);
    }

    [Theory]
    [InlineData("tokenize")]
    [InlineData("tokenize", "--text", "a", "--file", "b")]
    [InlineData("detokenize")]
    [InlineData("detokenize", "--token-ids", "1", "--jsonl", "b")]
    [InlineData("render")]
    public void Tokenizer_NotOneSource_IsAUsageError(params string[] args) => Assert.Equal(2, Awq.Run(args).ExitCode);

    [Fact]
    public void Render_Messages_GivesTextAndIdsOfThePrompt()
    {
        using var folder = new TempFolder();
        string model = folder.CopyDemo(s_files);
        var golden = DemoGolden.Hello;
        string messages = $$"""[{"role":"user","content":"{{golden.Prompt}}"}]""";

        var json = Awq.Run("render", model, "--messages", folder.Write("list.json", messages), "--json").Json;

        Assert.Equal(golden.PromptIds, Awq.Ints(json.GetProperty("token_ids")));
        string text = json.GetProperty("text").GetString()!;
        const string Answer = "<|im_start|>assistant\n";
        Assert.EndsWith(Answer, text, StringComparison.Ordinal);
        string without = text[..^Answer.Length];
        Assert.Equal(without + "\n", Awq.RunWithInput(messages, "render", model, "--messages", "-", "--no-generation-prompt").Out);
        Assert.Equal(without + "\n", Awq.Run("render", model, "--messages", folder.Write("object.json", $$"""{"messages":{{messages}},"add_generation_prompt":false}""")).Out);
    }

    [Fact]
    public void Render_NoTemplate_SaysSo()
    {
        using var folder = new TempFolder();

        var run = Awq.RunWithInput("[]", "render", folder.CopyDemo("tokenizer.json"), "--messages", "-");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no chat template", run.Error, StringComparison.Ordinal);
    }
}
