namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The methods of strings.</summary>
internal static class StringMethods
{
    public static Builtin[] All { get; } =
    [
        Text("capitalize", "", (s, _) => PythonString.Capitalize(s)),
        Text("casefold", "", (s, _) => s.ToLowerInvariant()),
        Text("center", "width fillchar=", (s, a) => Pad(s, a, Alignment.Center)),
        Text("count", "sub", (s, a) => a.Text(0).Length == 0 ? PythonString.Length(s) + 1L : Count(s, a)),
        Text("endswith", "suffix", (s, a) => AnyOf(a, x => s.EndsWith(x, StringComparison.Ordinal))),
        Text("find", "sub", (s, a) => Find(s, a)),
        Text("format", "*", (s, a) => TextFormatting.Format(s, a)),
        Text("index", "sub", (s, a) => Find(s, a) is var at and >= 0 ? at : throw new TemplateError("substring not found")),
        Text("isalnum", "", (s, _) => IsEvery(s, char.IsLetterOrDigit)),
        Text("isalpha", "", (s, _) => IsEvery(s, char.IsLetter)),
        Text("isascii", "", (s, _) => s.All(char.IsAscii)),
        Text("isdecimal", "", (s, _) => IsEvery(s, char.IsDigit)),
        Text("isdigit", "", (s, _) => IsEvery(s, char.IsDigit)),
        Text("islower", "", (s, _) => PythonString.IsLower(s)),
        Text("isnumeric", "", (s, _) => IsEvery(s, char.IsNumber)),
        Text("isspace", "", (s, _) => IsEvery(s, PythonString.IsSpace)),
        Text("isupper", "", (s, _) => PythonString.IsUpper(s)),
        Text("join", "iterable", Join),
        Text("ljust", "width fillchar=", (s, a) => Pad(s, a, Alignment.Left)),
        Text("lower", "", (s, _) => s.ToLowerInvariant()),
        Text("lstrip", "chars=", (s, a) => PythonString.Strip(s, a.TextOrNull(0), left: true, right: false)),
        Text("partition", "sep", (s, a) => Partition(s, a, s.IndexOf(a.Text(0), StringComparison.Ordinal), fromRight: false)),
        Text("removeprefix", "prefix", (s, a) => s.StartsWith(a.Text(0), StringComparison.Ordinal) ? s[a.Text(0).Length..] : s),
        Text("removesuffix", "suffix", (s, a) => s.EndsWith(a.Text(0), StringComparison.Ordinal) ? s[..^a.Text(0).Length] : s),
        Text("replace", "old new count=", (s, a) => PythonString.Replace(a.Rendering, s, a.Text(0), a.Text(1), a.Integer(2, -1))),
        Text("rfind", "sub", (s, a) => PythonString.Position(s, s.LastIndexOf(a.Text(0), StringComparison.Ordinal))),
        Text("rjust", "width fillchar=", (s, a) => Pad(s, a, Alignment.Right)),
        Text("rpartition", "sep", (s, a) => Partition(s, a, s.LastIndexOf(a.Text(0), StringComparison.Ordinal), fromRight: true)),
        Text("rsplit", "sep= maxsplit=", (s, a) => Split(s, a, fromRight: true)),
        Text("rstrip", "chars=", (s, a) => PythonString.Strip(s, a.TextOrNull(0), left: false, right: true)),
        Text("split", "sep= maxsplit=", (s, a) => Split(s, a, fromRight: false)),
        Text("splitlines", "keepends=", (s, a) => Sequence.List(PythonString.Lines(s, a.Truth(0, false)))),
        Text("startswith", "prefix", (s, a) => AnyOf(a, x => s.StartsWith(x, StringComparison.Ordinal))),
        Text("strip", "chars=", (s, a) => PythonString.Strip(s, a.TextOrNull(0), left: true, right: true)),
        Text("swapcase", "", (s, _) => string.Concat(s.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c)))),
        Text("title", "", (s, _) => PythonString.Title(s, c => !char.IsLetter(c))),
        Text("upper", "", (s, _) => s.ToUpperInvariant()),
        Text("zfill", "width", (s, a) => s is ['+' or '-', ..]
            ? s[0] + PythonString.Pad(a.Rendering, s[1..], a.Integer(0, 0) - 1, '0', Alignment.Right)
            : PythonString.Pad(a.Rendering, s, a.Integer(0, 0), '0', Alignment.Right)),
    ];

    /// <summary>A method; counts its string once for each 16 characters that it may look for, the worst case of a search.</summary>
    private static Builtin Text(string name, string parameters, Func<string, Arguments, object?> body) => new(name, parameters, (self, arguments) =>
    {
        string text = (string)self!;
        arguments.Rendering.Search(text, arguments.Count > 0 && arguments[0] is string wanted ? wanted : "");
        return body(text, arguments);
    });

    private static bool IsEvery(string text, Func<char, bool> holds) => text.Length > 0 && text.All(holds);

    private static bool AnyOf(Arguments arguments, Func<string, bool> holds) => arguments[0] is Sequence { Kind: SequenceKind.Tuple } options
        ? options.Items.Any(o => o is string text && holds(text))
        : holds(arguments.Text(0));

    private static long Find(string text, Arguments arguments) => PythonString.Position(text, text.IndexOf(arguments.Text(0), StringComparison.Ordinal));

    private static long Count(string text, Arguments arguments) => text.AsSpan().Count(arguments.Text(0));

    private static string Pad(string text, Arguments arguments, Alignment alignment)
    {
        string fill = arguments.TextOrNull(1) ?? " ";
        return fill.Length == 1 ? PythonString.Pad(arguments.Rendering, text, arguments.Integer(0, 0), fill[0], alignment) : throw new TemplateError("The fill character must be exactly one character long");
    }

    private static Sequence Split(string text, Arguments arguments, bool fromRight)
    {
        string? separator = arguments.TextOrNull(0);
        int most = arguments.Integer(1, -1);
        var parts = separator is null ? PythonString.SplitAtSpace(text, most, fromRight)
            : separator.Length > 0 ? PythonString.Split(text, separator, most, fromRight)
            : throw new TemplateError("empty separator");
        arguments.Rendering.Steps(parts.Count);
        return Sequence.List(parts);
    }

    private static Sequence Partition(string text, Arguments arguments, int at, bool fromRight)
    {
        string separator = arguments.Text(0);
        return separator.Length == 0 ? throw new TemplateError("empty separator")
            : at >= 0 ? Sequence.Tuple(text[..at], separator, text[(at + separator.Length)..])
            : fromRight ? Sequence.Tuple("", "", text) : Sequence.Tuple(text, "", "");
    }

    private static string Join(string text, Arguments arguments)
    {
        var output = new BoundedText(arguments.Rendering);
        var items = PythonValue.Iterate(arguments.Rendering, arguments[0]);
        for (int i = 0; i < items.Count; i++)
        {
            output.Append(i > 0 ? text : "").Append(items[i] as string ?? throw new TemplateError($"sequence item {i}: expected str instance, {PythonValue.TypeName(items[i])} found"));
        }

        return output.ToString();
    }
}
