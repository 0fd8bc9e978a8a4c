namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>A Python dictionary: keys in order of insertion; strings, numbers, booleans and None, where 1, 1.0 and true are one key.</summary>
internal sealed class Mapping
{
    // C# allows no null as key.
    private static readonly object s_none = new();

    private readonly OrderedDictionary<object, object?> _entries = new(KeyComparer.Instance);

    public int Count => _entries.Count;

    public IEnumerable<object?> Keys => _entries.Keys.Select(k => ReferenceEquals(k, s_none) ? null : k);

    public IEnumerable<object?> Values => _entries.Values;

    public IEnumerable<KeyValuePair<object?, object?>> Entries => Keys.Zip(Values, KeyValuePair.Create);

    public object? this[object? key]
    {
        set => _entries[Key(key)] = value;
    }

    public bool TryGet(object? key, out object? value) => _entries.TryGetValue(Key(key), out value);

    private static object Key(object? key) => key switch
    {
        null => s_none,
        string or bool or long or double or System.Numerics.BigInteger => key,
        Undefined undefined => throw undefined.Error(),
        Sequence { Kind: SequenceKind.Tuple } => throw new TemplateError("tuples as keys of a dict are not supported; use strings"),
        _ => throw new TemplateError($"unhashable type: '{PythonValue.TypeName(key)}'"),
    };

    private sealed class KeyComparer : IEqualityComparer<object>
    {
        public static KeyComparer Instance { get; } = new();

        public new bool Equals(object? x, object? y) => x is string a ? y is string b && a == b : ReferenceEquals(x, y) || (Number(x) is { } number && number.Equals(Number(y)));

        public int GetHashCode(object obj) => obj is string text ? text.GetHashCode() : Number(obj)?.GetHashCode() ?? 0;

        private static object? Number(object? key) => key switch
        {
            bool b => b ? 1L : 0L,
            double d when Math.Abs(d) < 1L << 53 && Math.Floor(d) == d => (long)d,
            long or double or System.Numerics.BigInteger => key,
            _ => null,
        };
    }
}
