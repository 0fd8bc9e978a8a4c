namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The methods of Python's values, by type and name.</summary>
internal static class Methods
{
    private static readonly Dictionary<string, Builtin> s_text = Filters.Table(StringMethods.All);

    private static readonly Dictionary<string, Builtin> s_mapping = Filters.Table(
    [
        new("copy", "", (self, _) => self),
        new("get", "key default=", (self, a) => ((Mapping)self!).TryGet(a[0], out object? value) ? value : a.Get(1, null)),
        new("items", "", (self, _) => new Sequence(SequenceKind.Items, SequenceFilters.Pairs((Mapping)self!))),
        new("keys", "", (self, _) => new Sequence(SequenceKind.Keys, [.. ((Mapping)self!).Keys])),
        new("values", "", (self, _) => new Sequence(SequenceKind.Values, [.. ((Mapping)self!).Values])),
    ]);

    private static readonly Dictionary<string, Builtin> s_sequence = Filters.Table(
    [
        new("copy", "", (self, _) => self),
        new("count", "value", (self, a) => PythonValue.Iterate(a.Rendering, self).LongCount(i => PythonComparison.AreEqual(a.Rendering, i, a[0]))),
        new("index", "value", (self, a) =>
        {
            var items = PythonValue.Iterate(a.Rendering, self);
            for (int i = 0; i < items.Count; i++)
            {
                if (PythonComparison.AreEqual(a.Rendering, items[i], a[0]))
                {
                    return (long)i;
                }
            }

            throw new TemplateError($"{PythonText.Repr(a.Rendering, a[0])} is not in list");
        }),
    ]);

    // Chat templates run in a sandbox that lets nothing be changed in place.
    private static readonly HashSet<string> s_changesMapping = ["clear", "pop", "popitem", "setdefault", "update"];
    private static readonly HashSet<string> s_changesList = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];

    /// <summary>A method bound to <paramref name="target"/>; an <see cref="Undefined"/> that says why for one that would change it; null where there is none.</summary>
    public static object? Find(object? target, string name)
    {
        var (methods, changing) = target switch
        {
            string => (s_text, null),
            Mapping => (s_mapping, s_changesMapping),
            Sequence { Kind: SequenceKind.List } => (s_sequence, s_changesList),
            Sequence { IsIndexed: true } => (s_sequence, null),
            _ => ((Dictionary<string, Builtin>?)null, (HashSet<string>?)null),
        };
        return changing?.Contains(name) == true
            ? Undefined.Because($"access to attribute '{name}' of {PythonValue.Quoted(target)} object is unsafe.")
            : methods?.GetValueOrDefault(name) is { } method ? new BoundFunction(method, target) : null;
    }
}
