namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class GenerateCommandTests
{
    private static readonly string[] s_exact = ["--temperature", "0", "--precision", "exact", "--json"];

    public static TheoryData<int> Goldens => [.. Enumerable.Range(0, DemoGolden.All.Count)];

    [Theory]
    [MemberData(nameof(Goldens))]
    public void Generate_DemoModel_EqualsTransformers(int index)
    {
        var golden = DemoGolden.All[index];

        var json = Awq.Run(["generate", golden.Prompt, .. s_exact]).Json;

        Assert.Equal(golden.NewTokens, Awq.Ints(json.GetProperty("token_ids")));
        Assert.Equal(golden.Text, json.GetProperty("text").GetString());
        Assert.Equal("stop", json.GetProperty("finish_reason").GetString());
        Assert.Equal(golden.PromptIds.Length, json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(golden.NewTokens.Length, json.GetProperty("usage").GetProperty("generated_tokens").GetInt32());
    }

    [Fact]
    public void Generate_ModelAndTokenIds_TakesThemAsTheyAre()
    {
        var golden = DemoGolden.Hello;

        var json = Awq.Run(["generate", ModelFolder.Demo, "--token-ids", string.Join(',', golden.PromptIds), .. s_exact]).Json;

        Assert.Equal(golden.NewTokens, Awq.Ints(json.GetProperty("token_ids")));
    }

    [Fact]
    public void Generate_Raw_LeavesTheChatTemplateOut()
    {
        int tokens = Awq.Ints(Awq.Run("tokenize", "--text", "Hello!", "--json").Json.GetProperty("token_ids")).Length;

        var json = Awq.Run(["generate", "Hello!", "--raw", "--max-tokens", "1", .. s_exact]).Json;

        Assert.Equal(tokens, json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal("length", json.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public void Generate_System_StandsBeforeThePrompt()
    {
        using var folder = new TempFolder();
        string messages = folder.Write("m.json", """[{"role":"system","content":"Be short."},{"role":"user","content":"Hello!"}]""");
        int tokens = Awq.Run("render", "--messages", messages, "--json").Json.GetProperty("token_ids").GetArrayLength();

        var json = Awq.Run(["generate", "Hello!", "--system", "Be short.", "--max-tokens", "1", .. s_exact]).Json;

        Assert.Equal(tokens, json.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    [Fact]
    public void Generate_Stats_SaysWhatEachClassUsed()
    {
        var run = Awq.Run("generate", "Hello!", "--max-tokens", "2", "--stats");

        Assert.Equal(0, run.ExitCode);
        foreach (string word in (string[])["weights: attention", "kv cache", "load staging", "process", "█", "first after", "generated at"])
        {
            Assert.Contains(word, run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Generate_Json_CountsEveryClassOfThePlan()
    {
        var memory = Awq.Run("generate", "Hello!", "--max-tokens", "2", "--json").Json.GetProperty("memory");

        var classes = memory.GetProperty("classes").EnumerateArray().ToList();
        Assert.Equal(
            memory.GetProperty("plan").EnumerateArray().Select(buffer => (buffer.GetProperty("name").GetString(), buffer.GetProperty("bytes").GetInt64())),
            classes.Select(use => (use.GetProperty("name").GetString(), use.GetProperty("planned_bytes").GetInt64())));
        // What lies beside the arena is the whole process's, this test's host included.
        Assert.All(classes.Where(use => use.GetProperty("name").GetString() != "runtime"), use => Assert.InRange(use.GetProperty("high_water_bytes").GetInt64(), use.GetProperty("live_bytes").GetInt64(), use.GetProperty("planned_bytes").GetInt64()));
    }

    [Theory]
    [InlineData("Hello!")]
    [InlineData("Hello!\n")]
    [InlineData("Hello!\r\n")]
    public void Generate_PromptFromInputOrFile_DropsOneLineBreak(string text)
    {
        using var folder = new TempFolder();
        string file = folder.Write("prompt.txt", text);

        var fromInput = Awq.RunWithInput(text, ["generate", "-", .. s_exact]);
        var fromFile = Awq.Run(["generate", "--prompt-file", file, .. s_exact]);

        Assert.Equal(DemoGolden.Hello.Text, fromInput.Json.GetProperty("text").GetString());
        Assert.Equal(DemoGolden.Hello.Text, fromFile.Json.GetProperty("text").GetString());
    }

    [Fact]
    public void Generate_Stop_CutsTheTextThere()
    {
        var golden = DemoGolden.Story;

        var json = Awq.Run(["generate", golden.Prompt, "--stop", "nowhere in it", "--stop", " hut", .. s_exact]).Json;

        Assert.Equal(golden.Text[..golden.Text.IndexOf(" hut", StringComparison.Ordinal)], json.GetProperty("text").GetString());
        Assert.Equal("stop", json.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public void Generate_WithoutJson_PrintsTheTextAndStatisticsApart()
    {
        var run = Awq.Run("generate", "Hello!", "--temperature", "0", "--precision", "exact");

        Assert.Equal(DemoGolden.Hello.Text, run.Out.TrimEnd());
        Assert.Contains("18 prompt tokens", run.Error, StringComparison.Ordinal);
        Assert.Contains("Memory cap: ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_Json_IsOneObjectWithTimingAndMemory()
    {
        var run = Awq.Run(["generate", "Hello!", "--memory", "200MiB", .. s_exact]);

        Assert.Single(run.Lines);
        Assert.Empty(run.Error);
        var memory = run.Json.GetProperty("memory");
        Assert.Equal(200L << 20, memory.GetProperty("cap_bytes").GetInt64());
        Assert.Equal(memory.GetProperty("planned_peak_bytes").GetInt64(), memory.GetProperty("measured_peak_bytes").GetInt64());
        Assert.NotEqual(0, memory.GetProperty("process_peak_bytes").GetInt64());
        Assert.Contains(memory.GetProperty("plan").EnumerateArray(), buffer => buffer.GetProperty("name").GetString() == "kv cache" && buffer.GetProperty("formula").GetString() is { Length: > 0 });
        foreach (string name in (string[])["load_s", "prefill_s", "decode_s", "time_to_first_token_s", "prefill_tokens_per_s", "decode_tokens_per_s"])
        {
            Assert.True(run.Json.GetProperty("timing").GetProperty(name).GetDouble() > 0, name);
        }
    }

    [Fact]
    public void Generate_NoMaxTokens_StopsWhereTheContextEnds()
    {
        var json = Awq.Run(["generate", DemoGolden.Story.Prompt, "--context", "40", .. s_exact]).Json;

        Assert.Equal(40 - DemoGolden.Story.PromptIds.Length, json.GetProperty("token_ids").GetArrayLength());
        Assert.Equal("length", json.GetProperty("finish_reason").GetString());
    }

    [Fact]
    public void Generate_PromptLongerThanTheModel_FailsWithTheLength()
    {
        string ids = string.Join(',', Enumerable.Repeat("5", 3000));

        var run = Awq.Run("generate", "--token-ids", ids);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("3000 tokens", run.Error, StringComparison.Ordinal);
        Assert.Contains("2048", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_BatchFile_KeepsOrderAndOthersWhereALineFails()
    {
        using var folder = new TempFolder();
        var story = DemoGolden.Story;
        string file = folder.Write("batch.jsonl", $$"""
            {"prompt":"Hello!"}
            {"prompt":5}
            {"token_ids":[{{string.Join(',', story.PromptIds)}}]}

            {"token_ids":[99999]}
            no json
            {"prompt":"Hello!","max_tokens":2}
            {"prompt":"Hello!","temperature":2}
            """);

        var run = Awq.Run(["generate", "--batch-file", file, .. s_exact]);

        Assert.Equal(0, run.ExitCode);
        var lines = run.Lines.Select(line => new Awq(0, line, "").Json).ToArray();
        Assert.Equal(7, lines.Length);
        Assert.Equal(DemoGolden.Hello.NewTokens, Awq.Ints(lines[0].GetProperty("token_ids")));
        Assert.Equal(story.NewTokens, Awq.Ints(lines[2].GetProperty("token_ids")));
        Assert.Equal(DemoGolden.Hello.NewTokens[..2], Awq.Ints(lines[5].GetProperty("token_ids")));
        Assert.Contains("line 2", lines[1].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("99999", lines[3].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("line 6", lines[4].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("temperature", lines[6].GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Contains("4 of 7", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_BatchFileWhereEveryLineFails_Fails()
    {
        using var folder = new TempFolder();

        var run = Awq.Run("generate", "--batch-file", folder.Write("batch.jsonl", "{}\n"));

        Assert.Equal(1, run.ExitCode);
        Assert.Single(run.Lines);
    }

    [Theory]
    [InlineData("no prompt", "generate")]
    [InlineData("more than one prompt", "generate", "a", "b", "--token-ids", "1")]
    [InlineData("more than one prompt", "generate", "--token-ids", "1", "--prompt-file", "x")]
    [InlineData("--raw leaves out", "generate", "a", "--raw", "--system", "s")]
    [InlineData("TopP is 2", "generate", "a", "--top-p", "2")]
    public void Generate_ContradictingArguments_AreUsageErrors(string message, params string[] args)
    {
        var run = Awq.Run(args);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_FolderAlone_SaysThatThePromptIsMissing() => Assert.Equal(2, Awq.Run("generate", ModelFolder.Demo).ExitCode);

    [Fact]
    public void Generate_PromptThatLooksLikeAResponseFile_IsAPrompt() => Assert.Equal(0, Awq.Run("generate", "@nobody", "--max-tokens", "1").ExitCode);

    [Fact]
    public void Generate_DashesAfterDoubleDash_AreAPrompt() => Assert.Equal(0, Awq.Run("generate", "--max-tokens", "1", "--", "--foo").ExitCode);
}
