namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>What a name, attribute or element that is not there gives: prints as nothing, is false and empty, and is an error to use otherwise.</summary>
internal sealed class Undefined
{
    private readonly object? _owner;
    private readonly object? _name;
    private readonly string? _hint;

    /// <summary>A variable that is not there.</summary>
    public Undefined(string name) => _hint = $"{PythonText.Repr(name)} is undefined";

    /// <summary>An attribute (name is a string) or element that <paramref name="owner"/> does not have.</summary>
    public Undefined(object? owner, object? name)
    {
        _owner = owner;
        _name = name;
    }

    private Undefined(string hint, bool _) => _hint = hint;

    public static Undefined Because(string message) => new(message, true);

    public TemplateError Error() => new(_hint ?? (_name is string name
        ? $"{PythonText.Repr(Owner)} has no attribute {PythonText.Repr(name)}"
        : $"{Owner} has no element {PythonText.Short(_name)}"));

    private string Owner => _owner switch
    {
        null => "None",
        Namespace => "jinja2.utils.Namespace object",
        Loop => "jinja2.runtime.LoopContext object",
        Macro => "jinja2.runtime.Macro object",
        _ => $"{PythonValue.TypeName(_owner)} object",
    };
}
