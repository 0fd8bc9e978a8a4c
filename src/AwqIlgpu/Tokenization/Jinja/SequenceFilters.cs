namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Filters over lists, dictionaries and their like.</summary>
internal static class SequenceFilters
{
    public static Builtin[] All { get; } =
    [
        new("attr", "name", (value, a) => Attributes.Get(a.Rendering, value, a.Text(0))),
        new("batch", "linecount fill_with=", (value, a) => Sequence.Generator(Batch(Items(value, a), Math.Max(1, a.Integer(0, 1)), a.Get(1, null), a.Rendering))),
        new("count", "", (value, _) => PythonValue.Length(value)),
        new("d", "default_value= boolean=", Default),
        new("default", "default_value= boolean=", Default),
        new("dictsort", "case_sensitive= by= reverse=", SortMapping),
        new("first", "", (value, a) => Items(value, a) is [var first, ..] ? first : Undefined.Because("No first item, sequence was empty.")),
        new("groupby", "attribute default= case_sensitive=", Group),
        new("items", "", (value, _) => value switch
        {
            Undefined => Sequence.Generator([]),
            Mapping mapping => Sequence.Generator(Pairs(mapping)),
            _ => throw new TemplateError("Can only get item pairs from a mapping."),
        }),
        new("join", "d= attribute=", Join),
        new("last", "", (value, a) => value is Sequence { Kind: SequenceKind.Generator } ? throw new TemplateError("'generator' object is not reversible")
            : Items(value, a) is [.., var last] ? last : Undefined.Because("No last item, sequence was empty.")),
        new("length", "", (value, _) => PythonValue.Length(value)),
        new("list", "", (value, a) => Sequence.List(Items(value, a))),
        new("map", "*", Map),
        new("max", "case_sensitive= attribute=", (value, a) => Extreme(value, a, largest: true)),
        new("min", "case_sensitive= attribute=", (value, a) => Extreme(value, a, largest: false)),
        new("reject", "*", (value, a) => Select(value, a, byAttribute: false, keep: false)),
        new("rejectattr", "*", (value, a) => Select(value, a, byAttribute: true, keep: false)),
        new("reverse", "", (value, a) => value is string text
            ? string.Concat(PythonString.Characters(a.Rendering, text).AsEnumerable().Reverse())
            : Sequence.Generator([.. Items(value, a).Reverse()])),
        new("select", "*", (value, a) => Select(value, a, byAttribute: false, keep: true)),
        new("selectattr", "*", (value, a) => Select(value, a, byAttribute: true, keep: true)),
        new("slice", "slices fill_with=", Slice),
        new("sort", "reverse= case_sensitive= attribute=", (value, a) =>
            Sequence.List(Sorting.Sort(a.Rendering, Items(value, a), SortKey(a, a.Get(2, null), a.Truth(1, false)), descending: a.Truth(0, false)))),
        new("sum", "attribute= start=", Sum),
        new("unique", "case_sensitive= attribute=", Unique),
    ];

    public static List<object?> Pairs(Mapping mapping) => [.. mapping.Entries.Select(e => Sequence.Tuple(e.Key, e.Value))];

    private static IReadOnlyList<object?> Items(object? value, Arguments arguments) => PythonValue.Iterate(arguments.Rendering, value);

    private static object? Default(object? value, Arguments arguments) =>
        value is Undefined || (arguments.Truth(1, false) && !PythonValue.Truth(value)) ? arguments.Get(0, "") : value;

    private static List<object?> Batch(IReadOnlyList<object?> items, int size, object? fill, Rendering rendering)
    {
        var batches = items.Chunk(size).Select(b => b.ToList()).ToList();
        if (fill is not null && batches.Count > 0)
        {
            int missing = size - batches[^1].Count;
            rendering.Steps(missing);
            batches[^1].AddRange(Enumerable.Repeat(fill, missing));
        }

        return [.. batches.Select(Sequence.List)];
    }

    private static Sequence Slice(object? value, Arguments arguments)
    {
        var items = Items(value, arguments);
        int slices = Math.Max(1, arguments.Integer(0, 1));
        object? fill = arguments.Get(1, null);
        arguments.Rendering.Steps(slices);
        int longer = items.Count % slices;
        var parts = new List<object?>(slices);
        int at = 0;
        for (int i = 0; i < slices; i++)
        {
            int size = (items.Count / slices) + (i < longer ? 1 : 0);
            var part = items.Skip(at).Take(size);
            parts.Add(Sequence.List([.. fill is not null && i >= longer ? part.Append(fill) : part]));
            at += size;
        }

        return Sequence.Generator(parts);
    }

    private static Sequence SortMapping(object? value, Arguments arguments)
    {
        var mapping = value as Mapping ?? throw new TemplateError($"{PythonValue.Quoted(value)} object has no attribute 'items'");
        int position = (arguments.TextOrNull(1) ?? "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new TemplateError("You can only sort by either \"key\" or \"value\""),
        };
        bool caseSensitive = arguments.Truth(0, false);
        return Sequence.List(Sorting.Sort(arguments.Rendering, Pairs(mapping), p => Folded(((Sequence)p!).Items[position], caseSensitive), arguments.Truth(2, false)));
    }

    private static Sequence Group(object? value, Arguments arguments)
    {
        object? fallback = arguments.Get(1, null);
        bool caseSensitive = arguments.Truth(2, false);
        var sorted = Sorting.Sort(arguments.Rendering, Items(value, arguments), i => Folded(Key(i), caseSensitive), descending: false);
        var groups = new List<(object? Key, List<object?> Items)>();
        foreach (object? item in sorted)
        {
            if (groups.Count == 0 || !PythonComparison.AreEqual(arguments.Rendering, Folded(Key(groups[^1].Items[0]), caseSensitive), Folded(Key(item), caseSensitive)))
            {
                groups.Add((Key(item), []));
            }

            groups[^1].Items.Add(item);
        }

        return Sequence.List([.. groups.Select(g => Sequence.Tuple(g.Key, Sequence.List(g.Items)))]);

        object? Key(object? item) => Attributes.GetPath(arguments.Rendering, item, arguments[0]) is var key && key is Undefined && fallback is not null ? fallback : key;
    }

    private static string Join(object? value, Arguments arguments)
    {
        var output = new BoundedText(arguments.Rendering);
        string separator = arguments.Has(0) ? PythonText.Str(arguments.Rendering, arguments[0]) : "";
        object? attribute = arguments.Get(1, null);
        bool first = true;
        foreach (object? item in Items(value, arguments))
        {
            output.Append(first ? "" : separator).Append(PythonText.Str(arguments.Rendering, attribute is null ? item : Attributes.GetPath(arguments.Rendering, item, attribute)));
            first = false;
        }

        return output.ToString();
    }

    private static Sequence Map(object? value, Arguments arguments)
    {
        if (arguments.Count == 0 && arguments.TryGetNamed("attribute", out object? attribute))
        {
            arguments.TryGetNamed("default", out object? fallback);
            return Sequence.Generator([.. Items(value, arguments).Select(i =>
                Attributes.GetPath(arguments.Rendering, i, attribute) is var found && found is Undefined && fallback is not null ? fallback : found)]);
        }

        var (filter, rest) = Named(arguments, 0, "map requires a filter argument", Filters.Find, Filters.Unknown);
        return Sequence.Generator([.. Items(value, arguments).Select(i => filter!.Call(i, rest))]);
    }

    private static Sequence Select(object? value, Arguments arguments, bool byAttribute, bool keep)
    {
        if (byAttribute && arguments.Count == 0)
        {
            throw new TemplateError("Missing parameter for attribute name");
        }

        var (test, rest) = Named(arguments, byAttribute ? 1 : 0, null, ValueTests.Find, ValueTests.Unknown);
        return Sequence.Generator([.. Items(value, arguments).Where(item =>
        {
            object? tested = byAttribute ? Attributes.GetPath(arguments.Rendering, item, arguments[0]) : item;
            return PythonValue.Truth(test is null ? tested : test.Call(tested, rest)) == keep;
        })]);
    }

    /// <summary>The filter or test that argument <paramref name="index"/> names, and the arguments after it; null where there is none and that is allowed.</summary>
    private static (Builtin? Function, Arguments Others) Named(Arguments arguments, int index, string? missing, Func<string, Builtin?> find, Func<string, TemplateError> unknown)
    {
        if (arguments.Count <= index)
        {
            return missing is null ? (null, arguments) : throw new TemplateError(missing);
        }

        string name = arguments.Text(index);
        return (find(name) ?? throw unknown(name), new Arguments(arguments.Rendering, [.. arguments.Positional.Skip(index + 1)], arguments.Named));
    }

    /// <summary>The first smallest or, with <paramref name="largest"/>, first largest element.</summary>
    private static object? Extreme(object? value, Arguments arguments, bool largest)
    {
        var key = SortKey(arguments, arguments.Get(1, null), arguments.Truth(0, false));
        object? best = Undefined.Because("No aggregated item, sequence was empty.");
        object? bestKey = null;
        bool first = true;
        foreach (object? item in Items(value, arguments))
        {
            object? itemKey = key(item);
            if (first || (largest ? PythonComparison.IsGreater(arguments.Rendering, itemKey, bestKey) : PythonComparison.IsLess(arguments.Rendering, itemKey, bestKey)))
            {
                (best, bestKey, first) = (item, itemKey, false);
            }
        }

        return best;
    }

    private static object? Sum(object? value, Arguments arguments)
    {
        object? sum = arguments.Get(1, 0L);
        foreach (object? item in Items(value, arguments))
        {
            sum = PythonArithmetic.Add(arguments.Rendering, sum, arguments.Get(0, null) is { } attribute ? Attributes.GetPath(arguments.Rendering, item, attribute) : item);
        }

        return sum;
    }

    private static Sequence Unique(object? value, Arguments arguments)
    {
        var seen = new Mapping();
        var key = SortKey(arguments, arguments.Get(1, null), arguments.Truth(0, false));
        return Sequence.Generator([.. Items(value, arguments).Where(item =>
        {
            int count = seen.Count;
            seen[key(item)] = null;
            return seen.Count > count;
        })]);
    }

    /// <summary>What an element is sorted by: itself, its attribute, or several attributes with commas; without regard to case unless told otherwise.</summary>
    private static Func<object?, object?> SortKey(Arguments arguments, object? attribute, bool caseSensitive) => attribute switch
    {
        null => item => Folded(item, caseSensitive),
        string names when names.Contains(',', StringComparison.Ordinal) => item =>
            Sequence.Tuple([.. names.Split(',').Select(n => Folded(Attributes.GetPath(arguments.Rendering, item, n), caseSensitive))]),
        _ => item => Folded(Attributes.GetPath(arguments.Rendering, item, attribute), caseSensitive),
    };

    private static object? Folded(object? value, bool caseSensitive) => value is string text && !caseSensitive ? text.ToLowerInvariant() : value;
}
