namespace AwqIlgpu.Cli.Tests.Commands;

public sealed class ChatCommandTests
{
    private static readonly string[] s_chat = ["chat", "--temperature", "0", "--precision", "exact"];

    [Fact]
    public void Chat_PipedMessages_AnswersEach()
    {
        var run = Awq.RunWithInput($"{DemoGolden.Hello.Prompt}\n/reset\n{DemoGolden.Story.Prompt}\n", s_chat);

        Assert.Equal(0, run.ExitCode);
        Assert.Equal([DemoGolden.Hello.Text, DemoGolden.Story.Text], run.Lines);
    }

    [Fact]
    public void Chat_SecondMessage_SeesTheFirst()
    {
        var run = Awq.RunWithInput("Hello!\nHello!\n/stats\n", [.. s_chat, "--max-tokens", "1"]);

        // Two messages and the one token of the first answer.
        using var folder = new TempFolder();
        string messages = folder.Write("m.json", $$"""[{"role":"user","content":"Hello!"},{"role":"assistant","content":"{{run.Lines[0]}}"},{"role":"user","content":"Hello!"}]""");
        int tokens = Awq.Run("render", "--messages", messages, "--json").Json.GetProperty("token_ids").GetArrayLength();
        Assert.Contains($"{tokens} prompt tokens", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_Exit_EndsBeforeTheNextMessage() => Assert.Empty(Awq.RunWithInput("/exit\nHello!\n", s_chat).Out);

    [Fact]
    public void Chat_UnknownCommand_IsNoMessage()
    {
        var run = Awq.RunWithInput("/forget\n", s_chat);

        Assert.Empty(run.Out);
        Assert.Contains("/forget is unknown", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_ConversationBeyondTheContext_SaysSoAndGoesOn()
    {
        var run = Awq.RunWithInput("Hello!\nHello!\n/reset\nHello!\n", [.. s_chat, "--context", "40"]);

        Assert.Equal([DemoGolden.Hello.Text, DemoGolden.Hello.Text], run.Lines);
        Assert.Contains("context of 40 tokens", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Chat_ModelWithoutTemplate_SaysWhatToUse()
    {
        using var folder = new TempFolder();
        string model = folder.CopyDemo("config.json", "model.safetensors", "tokenizer.json");

        var run = Awq.Run("chat", model);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("no chat template", run.Error, StringComparison.Ordinal);
    }
}
