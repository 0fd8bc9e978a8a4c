namespace AwqIlgpu.Tokenization.Jinja;

internal enum SequenceKind
{
    List,
    Tuple,
    Range,

    /// <summary>What filters such as <c>map</c> give: always true, without length or elements, and empty after it was read once.</summary>
    Generator,
    Keys,
    Values,
    Items,
}

/// <summary>A Python list, or one of the kinds that differ from it only in what they print and allow.</summary>
internal sealed class Sequence(SequenceKind kind, IReadOnlyList<object?> items)
{
    private IReadOnlyList<object?> _items = items;

    public SequenceKind Kind { get; } = kind;

    /// <summary>The elements; of a generator, those not read yet.</summary>
    public IReadOnlyList<object?> Items => _items;

    /// <summary>Whether elements are reached by index.</summary>
    public bool IsIndexed => Kind is SequenceKind.List or SequenceKind.Tuple or SequenceKind.Range;

    public string TypeName => Kind switch
    {
        SequenceKind.List => "list",
        SequenceKind.Tuple => "tuple",
        SequenceKind.Range => "range",
        SequenceKind.Generator => "generator",
        SequenceKind.Keys => "dict_keys",
        SequenceKind.Values => "dict_values",
        _ => "dict_items",
    };

    public static Sequence List(IReadOnlyList<object?> items) => new(SequenceKind.List, items);

    public static Sequence Tuple(params object?[] items) => new(SequenceKind.Tuple, items);

    public static Sequence Generator(IReadOnlyList<object?> items) => new(SequenceKind.Generator, items);

    /// <summary>The elements for a loop over them; a generator has none left afterwards.</summary>
    public IReadOnlyList<object?> Read()
    {
        var items = _items;
        if (Kind == SequenceKind.Generator)
        {
            _items = [];
        }

        return items;
    }
}
