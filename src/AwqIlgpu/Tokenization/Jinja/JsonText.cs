using System.Numerics;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>JSON as Python's <c>json.dumps</c> writes it with <c>ensure_ascii=False</c>, unless told otherwise.</summary>
internal sealed class JsonText
{
    private readonly BoundedText _output;
    private readonly bool _ascii;
    private readonly bool _sortKeys;
    private readonly string? _indent;
    private readonly string _itemSeparator;
    private readonly string _keySeparator;

    private JsonText(Arguments arguments)
    {
        _output = new BoundedText(arguments.Rendering);
        _ascii = arguments.Truth(0, false);
        _indent = arguments.Get(1, null) switch
        {
            null => null,
            string text => text,
            _ => new string(' ', Math.Clamp(arguments.Integer(1, 0), 0, 1000)),
        };
        (_itemSeparator, _keySeparator) = (_indent is null ? ", " : ",", ": ");
        if (arguments.Get(2, null) is Sequence { Items: [string item, string key] })
        {
            (_itemSeparator, _keySeparator) = (item, key);
        }

        _sortKeys = arguments.Truth(3, false);
    }

    /// <summary>The filter <c>tojson</c>, with the parameters that chat templates have it with.</summary>
    public static Builtin Filter { get; } = new("tojson", "ensure_ascii= indent= separators= sort_keys=", (value, arguments) =>
    {
        var json = new JsonText(arguments);
        json.Write(value, 0);
        return json._output.ToString();
    });

    private void Write(object? value, int depth)
    {
        _output.Rendering.Step();
        switch (value)
        {
            case null:
                _output.Append("null");
                break;
            case bool b:
                _output.Append(b ? "true" : "false");
                break;
            case long or BigInteger:
                _output.Append(PythonText.Short(value));
                break;
            case double d:
                _output.Append(Float(d));
                break;
            case string text:
                WriteString(text);
                break;
            case Sequence { Kind: SequenceKind.List or SequenceKind.Tuple } sequence:
                WriteAll('[', sequence.Items, ']', depth, item => Write(item, depth + 1));
                break;
            case Mapping mapping:
                WriteAll('{', Ordered(mapping), '}', depth, entry =>
                {
                    WriteString(Key(entry.Key));
                    _output.Append(_keySeparator);
                    Write(entry.Value, depth + 1);
                });
                break;
            default:
                throw new TemplateError($"Object of type {PythonValue.TypeName(value)} is not JSON serializable");
        }
    }

    private void WriteAll<T>(char open, IReadOnlyList<T> items, char close, int depth, Action<T> write)
    {
        _output.Append(open);
        for (int i = 0; i < items.Count; i++)
        {
            _output.Append(i > 0 ? _itemSeparator : "");
            WriteLineStart(depth + 1);
            write(items[i]);
        }

        if (items.Count > 0)
        {
            WriteLineStart(depth);
        }

        _output.Append(close);
    }

    private void WriteLineStart(int depth)
    {
        if (_indent is null)
        {
            return;
        }

        _output.Append('\n');
        for (int i = 0; i < depth; i++)
        {
            _output.Append(_indent);
        }
    }

    private List<KeyValuePair<object?, object?>> Ordered(Mapping mapping) =>
        _sortKeys ? Sorting.Sort(_output.Rendering, [.. mapping.Entries], e => e.Key, descending: false) : [.. mapping.Entries];

    private static string Key(object? key) => key switch
    {
        string text => text,
        bool b => b ? "true" : "false",
        null => "null",
        double d => Float(d),
        _ => PythonText.Short(key),
    };

    private static string Float(double value) => double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? value > 0 ? "Infinity" : "-Infinity" : PythonText.Float(value);

    private void WriteString(string text)
    {
        _output.Append('"');
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            string? escape = c switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\f' => "\\f",
                '\b' => "\\b",
                < ' ' => $"\\u{(int)c:x4}",
                > '~' when _ascii => $"\\u{(int)c:x4}",
                _ => null,
            };
            if (escape is not null)
            {
                _output.Append(text[written..i]).Append(escape);
                written = i + 1;
            }
        }

        _output.Append(text[written..]).Append('"');
    }
}
