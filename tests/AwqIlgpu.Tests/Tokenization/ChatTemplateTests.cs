using System.Text.Json;
using System.Text.Json.Nodes;

namespace AwqIlgpu.Tests.Tokenization;

public class ChatTemplateTests
{
    public static TheoryData<string> TemplateCases() => [.. Templates()["cases"]!.AsArray().Select(c => (string)c!["name"]!)];

    [Theory]
    [MemberData(nameof(TemplateCases))]
    public void Render_TemplateCase_EqualsGolden(string name)
    {
        var root = Templates();
        var test = root["cases"]!.AsArray().Single(c => (string)c!["name"]! == name)!;
        var variables = root["base_context"]!.DeepClone().AsObject();
        foreach (var (key, value) in test["context"]!.AsObject())
        {
            variables[key] = value?.DeepClone();
        }

        CheckCase(test, () => ChatTemplate.Parse((string)test["template"]!).Render(Element(variables)), sameMessage: true);
    }

    [Fact]
    public void Render_FlagsByteLevelChats_EqualGolden() => CheckFolder(TestData.Golden("templates", "flags_bytelevel"));

    [SharedTheory]
    [InlineData("smollm2")]
    [InlineData("llama2")]
    [InlineData("qwen3")]
    [InlineData("phi3")]
    public void Render_RealModelChats_EqualGolden(string folder) => CheckFolder(TestData.Shared("goldens", "tokenizers", folder));

    [Fact]
    public void Render_Messages_WritesChatMarkup()
    {
        var template = ChatTemplate.Load(TestData.Golden("templates", "demo-stories"))!;
        ChatMessage[] messages = [new("user", "Tell me a story."), new("assistant", "Once.")];

        Assert.Equal("<|im_start|>user\nTell me a story.<|im_end|>\n<|im_start|>assistant\nOnce.<|im_end|>\n", template.Render(messages, addGenerationPrompt: false));
        Assert.EndsWith("<|im_start|>assistant\n", template.Render(messages), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_ListOfMessages_IsTheVariableMessages()
    {
        var list = JsonNode.Parse("""[{"role": "user", "content": "Hi"}]""")!;

        Assert.Equal("user: Hi>", ChatTemplate.Parse("{% for m in messages %}{{ m.role }}: {{ m.content }}{% endfor %}{{ '>' if add_generation_prompt }}").Render(Element(list)));
    }

    [Fact]
    public void Render_ManyThreads_GiveTheSameText()
    {
        var template = ChatTemplate.Parse("{% set ns = namespace(n=0) %}{% for m in messages %}{% set ns.n = ns.n + loop.index %}{% endfor %}{{ ns.n }} {{ messages | map(attribute='role') | unique | list }}");
        var messages = Enumerable.Range(0, 100).Select(i => new ChatMessage($"r{i % 3}", "")).ToArray();
        string[] texts = new string[64];

        Parallel.For(0, texts.Length, i => texts[i] = template.Render(messages));

        Assert.All(texts, text => Assert.Equal("5050 ['r0', 'r1', 'r2']", text));
    }

    [Fact]
    public void Load_FolderWithoutTemplate_IsNull() => WithFolder([], folder => Assert.Null(ChatTemplate.Load(folder)));

    [Fact]
    public void Load_TemplateFile_ComesBeforeTheConfig() => WithFolder(
        [("chat_template.jinja", "file {{ bos_token }}{{ eos_token }}\n"), ("tokenizer_config.json", """{"chat_template": "config", "bos_token": "<s>", "eos_token": {"content": "</s>"}}""")],
        folder => Assert.Equal("file <s></s>", ChatTemplate.Load(folder)!.Render([])));

    [Fact]
    public void Load_NamedTemplates_ToolsChooseToolUse() => WithFolder(
        [("tokenizer_config.json", """{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools: {{ tools | length }}"}]}""")],
        folder =>
        {
            var template = ChatTemplate.Load(folder)!;
            Assert.Equal("plain", template.Render([]));
            Assert.Equal("tools: 2", template.Render(Element(JsonNode.Parse("""{"messages": [], "tools": [{}, {}]}""")!)));
        });

    [Theory]
    [InlineData("{", "tokenizer_config.json is not a valid")]
    [InlineData("[]", "expected an object")]
    [InlineData("""{"chat_template": 3}""", "chat_template is Number; expected a string")]
    [InlineData("""{"chat_template": [{"template": "x"}]}""", "an entry without name")]
    [InlineData("""{"chat_template": "a\n{% for %}"}""", "line 2: Expected a name")]
    public void Load_BrokenConfig_SaysWhatIsWrong(string config, string expected) => WithFolder(
        [("tokenizer_config.json", config)],
        folder => Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ChatTemplate.Load(folder)).Message, StringComparison.Ordinal));

    [Fact]
    public void Render_TemplateRefuses_GivesItsMessageAndLine()
    {
        var template = ChatTemplate.Parse("a\n{% for m in messages %}\n{{ raise_exception('no ' ~ m.role) }}\n{% endfor %}");

        var refusal = Assert.Throws<ChatTemplateException>(() => template.Render([new ChatMessage("tool", "x")]));

        Assert.Equal("no tool", refusal.Message);
        Assert.Equal(3, refusal.Line);
    }

    [Fact]
    public void Render_TextAsVariables_Throws() => Assert.Throws<ArgumentException>(() => ChatTemplate.Parse("x").Render(Element(JsonValue.Create("messages"))));

    private static void CheckFolder(string folder)
    {
        var template = ChatTemplate.Load(folder)!;
        var cases = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "chat.json")))!.AsArray();
        Assert.NotEmpty(cases);
        foreach (var test in cases)
        {
            var variables = test!["kwargs"]!.DeepClone().AsObject();
            variables["messages"] = test["messages"]!.DeepClone();
            variables["add_generation_prompt"] = (bool)test["add_generation_prompt"]!;
            CheckCase(test, () => template.Render(Element(variables)), sameMessage: false);
        }
    }

    /// <param name="test">A case with <c>rendered</c>, or <c>error</c> and <c>error_kind</c>.</param>
    /// <param name="render">What to check.</param>
    /// <param name="sameMessage">Whether errors of the language, too, must be worded as the reference words them.</param>
    private static void CheckCase(JsonNode test, Func<string> render, bool sameMessage)
    {
        if ((string?)test["error"] is not { } error)
        {
            Assert.Equal((string)test["rendered"]!, render());
        }
        else if ((string?)test["error_kind"] == "raise_exception")
        {
            Assert.Equal(error, Assert.Throws<ChatTemplateException>(render).Message);
        }
        else
        {
            string message = Assert.Throws<InvalidDataException>(render).Message;
            Assert.True(!sameMessage || message.EndsWith(error, StringComparison.Ordinal), $"{message}; expected {error}");
        }
    }

    private static void WithFolder((string Name, string Text)[] files, Action<string> check)
    {
        string folder = Directory.CreateTempSubdirectory("chat-template").FullName;
        try
        {
            foreach (var (name, text) in files)
            {
                File.WriteAllText(Path.Combine(folder, name), text);
            }

            check(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static JsonNode Templates() => JsonNode.Parse(File.ReadAllText(TestData.Golden("templates", "templates.json")))!;

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node);
}
