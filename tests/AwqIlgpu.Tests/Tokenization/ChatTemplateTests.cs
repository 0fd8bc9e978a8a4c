using System.Text.Json;
using System.Text.Json.Nodes;
using AwqIlgpu.Tokenization.Jinja;

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
    public void Render_LanguageCorners_EqualGolden()
    {
        var variables = Element(Templates()["base_context"]!);
        var cases = JsonNode.Parse(File.ReadAllText(TestData.Golden("templates", "language.json")))!.AsArray();
        Assert.NotEmpty(cases);
        foreach (var test in cases)
        {
            string source = (string)test!["template"]!;
            var (text, error) = TryRender(source, variables);
            Assert.True((string?)test["rendered"] == text, $"{source}\nexpected {test["rendered"] ?? test["error"]}\nactual {text ?? error}");
        }
    }

    [Fact]
    public void Render_DamagedTemplates_FailOnlyAsDocumented()
    {
        var variables = Element(Templates()["base_context"]!);
        string[] sources = [.. JsonNode.Parse(File.ReadAllText(TestData.Golden("templates", "language.json")))!.AsArray().Select(c => (string)c!["template"]!)];
        var random = new Random(5);
        int failed = 0;
        for (int i = 0; i < 4000; i++)
        {
            string source = sources[random.Next(sources.Length)];
            string other = sources[random.Next(sources.Length)];
            int cut = random.Next(source.Length + 1);
            int from = random.Next(other.Length + 1);
            int length = random.Next(Math.Min(20, other.Length - from) + 1);
            string damaged = string.Concat(source.AsSpan(0, cut), other.AsSpan(from, length), source.AsSpan(Math.Min(source.Length, cut + random.Next(4))));
            var refused = Record.Exception(() => ChatTemplate.Parse(damaged).Render(variables));
            Assert.True(refused is null or InvalidDataException or ChatTemplateException, $"{damaged}\n{refused}");
            failed += refused is null ? 0 : 1;
        }

        Assert.InRange(failed, 1, 3999);
    }

    /// <summary>Each takes unlimited time, memory or stack where nothing limits it.</summary>
    [Theory]
    [InlineData("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "recursion depth")]
    [InlineData("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "recursion depth")]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(s='aaaaaaaa') %}{% for a in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "characters")]
    [InlineData("{{ 'a' * 9999999999 }}", "characters")]
    [InlineData("{{ [1] * 9999999999 }}", "steps")]
    [InlineData("{{ 'a'.center(2000000000) }}", "characters")]
    [InlineData("{{ '%2000000000d' % 1 }}", "characters")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for a in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}", "steps")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for a in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l | tojson }}", "steps")]
    [InlineData("{% set ns = namespace(l=[], m=[]) %}{% for a in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}", "steps")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for a in range(99999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}", "nested too deeply")]
    [InlineData("{% set a = 'a' * 4000000 %}{{ (a ~ 'b') in (a * 2) }}", "characters")]
    [InlineData("{{ 9999999999 ** 99 }}", "64 bits")]
    public void Render_HostileTemplate_IsStopped(string source, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(source).Render([])).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{{ ", "(", "")]
    [InlineData("{{ ", "[", "")]
    [InlineData("{{ ", "not ", "x }}")]
    [InlineData("{{ ", "- ", "1 }}")]
    [InlineData("{{ 1", "+1", " }}")]
    [InlineData("{{ x", "|list", " }}")]
    [InlineData("{{ 1", " if 1 else 1", " }}")]
    [InlineData("", "{% if 1 %}", "")]
    public void Render_EndlessNesting_IsAnError(string start, string repeated, string end)
    {
        string source = start + string.Concat(Enumerable.Repeat(repeated, 200_000)) + end;

        Assert.Contains("nested too deeply", Assert.Throws<InvalidDataException>(() => ChatTemplate.Parse(source).Render([])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("%Y-%m-%d", "2024-07-04")]
    [InlineData("%d %b %Y", "04 Jul 2024")]
    [InlineData("%A, %B %-d, %I:%M %p %j %%", "Thursday, July 4, 03:05 PM 186 %")]
    [InlineData("%c|%e|%y|%H:%M:%S|%", "Thu Jul  4 15:05:06 2024| 4|24|15:05:06|%")]
    public void DateTextFormat_Codes_AsStrftime(string format, string expected) =>
        Assert.Equal(expected, DateText.Format(new DateTimeOffset(2024, 7, 4, 15, 5, 6, TimeSpan.Zero), format, new Rendering()));

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

    private static (string? Text, string? Error) TryRender(string source, JsonElement variables)
    {
        try
        {
            return (ChatTemplate.Parse(source).Render(variables), null);
        }
        catch (InvalidDataException e)
        {
            return (null, e.Message);
        }
    }

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
