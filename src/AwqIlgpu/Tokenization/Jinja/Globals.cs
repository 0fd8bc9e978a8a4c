namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The functions that every template can call.</summary>
internal static class Globals
{
    /// <summary>The sandbox's limit on <c>range</c>.</summary>
    private const long MaxRange = 100_000;

    private static readonly Dictionary<string, BoundFunction> s_functions = new Builtin[]
    {
        new("dict", "*", (_, a) => Merge(a)),
        new("joiner", "sep=", (_, a) => Joiner(a.TextOrNull(0) ?? ", ")),
        new("namespace", "*", (_, a) => NewNamespace(a)),
        new("raise_exception", "message", (_, a) => throw new TemplateError(PythonText.Str(a.Rendering, a[0])) { RaisedByTemplate = true }),
        new("range", "start stop= step=", (_, a) => Range(a)),
        new("strftime_now", "format", (_, a) => DateText.Format(DateTimeOffset.Now, a.Text(0), a.Rendering)),
    }.ToDictionary(f => f.Name, f => new BoundFunction(f, null));

    public static Callable? Find(string name) => s_functions.GetValueOrDefault(name);

    private static Mapping Merge(Arguments arguments)
    {
        var merged = new Mapping();
        foreach (object? source in arguments.Positional)
        {
            if (source is Mapping mapping)
            {
                arguments.Rendering.Steps(mapping.Count);
                foreach (var (key, value) in mapping.Entries)
                {
                    merged[key] = value;
                }

                continue;
            }

            foreach (object? pair in PythonValue.Iterate(arguments.Rendering, source))
            {
                var parts = PythonValue.Iterate(arguments.Rendering, pair);
                merged[parts.Count == 2 ? parts[0] : throw new TemplateError("dict() takes a mapping or pairs")] = parts[1];
            }
        }

        foreach (var (name, value) in arguments.Named)
        {
            merged[name] = value;
        }

        return merged;
    }

    private static Namespace NewNamespace(Arguments arguments)
    {
        var space = new Namespace();
        foreach (var (key, value) in Merge(arguments).Entries)
        {
            space.Attributes[key as string ?? throw new TemplateError("namespace() takes names as keys")] = value;
        }

        return space;
    }

    private static BoundFunction Joiner(string separator)
    {
        bool used = false;
        return new BoundFunction(new Builtin("joiner", "", (_, _) =>
        {
            string text = used ? separator : "";
            used = true;
            return text;
        }), null);
    }

    private static Sequence Range(Arguments arguments)
    {
        long[] bounds = [.. Enumerable.Range(0, 3).TakeWhile(arguments.Has).Select(i => PythonArithmetic.TryInteger(arguments[i], out long bound)
            ? Math.Clamp(bound, int.MinValue, int.MaxValue)
            : throw (arguments[i] is Undefined undefined ? undefined.Error() : new TemplateError($"{PythonValue.Quoted(arguments[i])} object cannot be interpreted as an integer")))];
        long start = bounds.Length > 1 ? bounds[0] : 0;
        long stop = bounds.Length > 1 ? bounds[1] : bounds[0];
        long step = bounds.Length > 2 ? bounds[2] : 1;
        if (step == 0)
        {
            throw new TemplateError("range() arg 3 must not be zero");
        }

        long count = Math.Max(0, (stop - start + step - Math.Sign(step)) / step);
        if (count > MaxRange)
        {
            throw new TemplateError($"Range too big. The sandbox blocks ranges larger than MAX_RANGE ({MaxRange}).");
        }

        arguments.Rendering.Steps(count);
        var items = new object?[count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = start + (i * step);
        }

        return new Sequence(SequenceKind.Range, items);
    }
}
