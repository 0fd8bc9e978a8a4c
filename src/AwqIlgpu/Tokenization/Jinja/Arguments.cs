namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The arguments of a call, in order and by name.</summary>
internal sealed class Arguments(Rendering rendering, IReadOnlyList<object?> positional, IReadOnlyList<KeyValuePair<string, object?>>? named = null)
{
    /// <summary>Stands for an optional argument that was not given.</summary>
    public static readonly object Missing = new();

    public Rendering Rendering { get; } = rendering;

    public int Count => positional.Count;

    public IReadOnlyList<object?> Positional => positional;

    public IReadOnlyList<KeyValuePair<string, object?>> Named { get; } = named ?? [];

    public object? this[int index] => positional[index];

    public bool TryGetNamed(string name, out object? value)
    {
        foreach (var (key, candidate) in Named)
        {
            if (key == name)
            {
                value = candidate;
                return true;
            }
        }

        value = null;
        return false;
    }

    public bool Has(int index) => !ReferenceEquals(positional[index], Missing);

    public object? Get(int index, object? fallback) => Has(index) ? positional[index] : fallback;

    public bool Truth(int index, bool fallback) => Has(index) ? PythonValue.Truth(positional[index]) : fallback;

    /// <summary>An integer argument; far outside of any length, it is cut to what 32 bits hold.</summary>
    public int Integer(int index, int fallback) => !Has(index) ? fallback : PythonArithmetic.TryInteger(positional[index], out long value)
        ? (int)Math.Clamp(value, int.MinValue + 1, int.MaxValue)
        : throw new TemplateError($"{PythonValue.Quoted(positional[index])} object cannot be interpreted as an integer");

    /// <summary>An argument that must be a string.</summary>
    public string Text(int index) => positional[index] as string ?? throw (positional[index] is Undefined undefined
        ? undefined.Error()
        : new TemplateError($"expected a string as argument {index + 1}, got {PythonValue.Quoted(positional[index])}"));

    public string? TextOrNull(int index) => Has(index) && positional[index] is not null ? Text(index) : null;
}
