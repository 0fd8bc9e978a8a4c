using System.Text;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Filters that give text. What they get is made text first.</summary>
internal static class TextFilters
{
    public static Builtin[] All { get; } =
    [
        Text("capitalize", "", (s, _) => PythonString.Capitalize(s)),
        Text("center", "width=", (s, a) => PythonString.Pad(a.Rendering, s, a.Integer(0, 80), ' ', Alignment.Center)),
        Text("e", "", (s, a) => Escape(a.Rendering, s)),
        Text("escape", "", (s, a) => Escape(a.Rendering, s)),
        Text("forceescape", "", (s, a) => Escape(a.Rendering, s)),
        Text("format", "*", (s, a) => TextFormatting.Percent(a.Rendering, s, Operands(a))),
        Text("indent", "width= first= blank=", Indent),
        Text("lower", "", (s, _) => s.ToLowerInvariant()),
        new("pprint", "", (value, a) => PythonText.Repr(a.Rendering, value)),
        Text("replace", "old new count=", (s, a) => PythonString.Replace(a.Rendering, s, Str(a, 0), Str(a, 1), a.Get(2, null) is null ? -1 : a.Integer(2, -1))),
        Text("safe", "", (s, _) => s),
        Text("string", "", (s, _) => s),
        Text("striptags", "", (s, _) => StripTags(s)),
        Text("title", "", (s, _) => PythonString.Title(s, c => c is '-' or '(' or '{' or '[' or '<' || PythonString.IsSpace(c))),
        Text("trim", "chars=", (s, a) => PythonString.Strip(s, a.TextOrNull(0), left: true, right: true)),
        Text("truncate", "length= killwords= end= leeway=", Truncate),
        Text("upper", "", (s, _) => s.ToUpperInvariant()),
        Text("urlencode", "", (s, _) => Uri.EscapeDataString(s).Replace("%2F", "/", StringComparison.Ordinal)),
        Text("wordcount", "", (s, _) => (long)PythonString.SplitAtSpace(s, -1, fromRight: false).Count),
    ];

    private static Builtin Text(string name, string parameters, Func<string, Arguments, object?> body) => new(name, parameters, (value, arguments) =>
    {
        string text = PythonText.Str(arguments.Rendering, value);
        arguments.Rendering.Characters(text.Length);
        return body(text, arguments);
    });

    private static string Str(Arguments arguments, int index) => PythonText.Str(arguments.Rendering, arguments[index]);

    private static object Operands(Arguments arguments)
    {
        if (arguments.Named.Count == 0)
        {
            return Sequence.Tuple([.. arguments.Positional]);
        }

        var named = new Mapping();
        foreach (var (name, value) in arguments.Named)
        {
            named[name] = value;
        }

        return named;
    }

    private static string Escape(Rendering rendering, string text)
    {
        var output = new BoundedText(rendering);
        foreach (char c in text)
        {
            output.Append(c switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '\'' => "&#39;", '"' => "&#34;", _ => c.ToString() });
        }

        return output.ToString();
    }

    private static string Indent(string text, Arguments arguments)
    {
        string indent = arguments.Get(0, null) as string ?? new string(' ', Math.Clamp(arguments.Integer(0, 4), 0, 1000));
        bool first = arguments.Truth(1, false);
        bool blank = arguments.Truth(2, false);
        var output = new BoundedText(arguments.Rendering);
        var lines = PythonString.Lines(text + "\n", keepEnds: false);
        for (int i = 0; i < lines.Count; i++)
        {
            string line = (string)lines[i]!;
            bool indented = i == 0 ? first : blank || line.Length > 0;
            output.Append(i > 0 ? "\n" : "").Append(indented ? indent : "").Append(line);
        }

        return output.ToString();
    }

    private static string StripTags(string text)
    {
        var output = new StringBuilder(text.Length);
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf('<', at);
            int close = open < 0 ? -1 : text.IndexOf('>', open);
            if (close < 0)
            {
                break;
            }

            output.Append(text, at, open - at);
            at = close + 1;
        }

        return string.Join(' ', PythonString.SplitAtSpace(output.Append(text, at, text.Length - at).ToString(), -1, fromRight: false));
    }

    private static string Truncate(string text, Arguments arguments)
    {
        int length = arguments.Integer(0, 255);
        string end = arguments.TextOrNull(2) ?? "...";
        int leeway = arguments.Get(3, null) is null ? 5 : arguments.Integer(3, 5);
        int endLength = PythonString.Length(end);
        if (length < endLength || leeway < 0)
        {
            throw new TemplateError($"truncate: expected a length of at least {endLength} and a leeway of at least 0, got {length} and {leeway}");
        }

        if (PythonString.Length(text) <= (long)length + leeway)
        {
            return text;
        }

        string kept = string.Concat(PythonString.Characters(arguments.Rendering, text).Take(length - endLength));
        int lastSpace = arguments.Truth(1, false) ? -1 : kept.LastIndexOf(' ');
        return (lastSpace < 0 ? kept : kept[..lastSpace]) + end;
    }
}
