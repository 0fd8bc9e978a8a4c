namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Names and their values. A loop's iteration, a macro's call and a block open a scope of their own; reading looks outwards, writing does not.</summary>
internal sealed class Scope
{
    private readonly Scope? _outer;
    private Dictionary<string, object?>? _names;

    public Scope(Rendering rendering, Dictionary<string, object?> variables)
    {
        Rendering = rendering;
        _names = variables;
    }

    public Scope(Scope outer)
    {
        Rendering = outer.Rendering;
        _outer = outer;
    }

    public Rendering Rendering { get; }

    public object? this[string name]
    {
        get
        {
            for (var scope = this; scope is not null; scope = scope._outer)
            {
                if (scope._names is not null && scope._names.TryGetValue(name, out object? value))
                {
                    return value;
                }
            }

            return Globals.Find(name) is { } global ? global : new Undefined(name);
        }

        set => (_names ??= [])[name] = value;
    }
}
