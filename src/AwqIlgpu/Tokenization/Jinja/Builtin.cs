namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>A filter, test, method or global function that the language brings along.</summary>
internal sealed class Builtin
{
    private readonly Parameter[]? _parameters;
    private readonly Func<object?, Arguments, object?> _body;

    /// <param name="name">Name in templates.</param>
    /// <param name="parameters">Names in order, optional ones with a trailing <c>=</c>; <c>*</c> takes arguments as they come.</param>
    /// <param name="body">Gets the filtered or tested value, or the method's own; then the arguments, one per parameter.</param>
    public Builtin(string name, string parameters, Func<object?, Arguments, object?> body)
    {
        Name = name;
        _body = body;
        _parameters = parameters == "*" ? null : [.. parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => new Parameter(p.TrimEnd('='), p.EndsWith('=')))];
    }

    public string Name { get; }

    public object? Call(object? value, Arguments arguments) => _body(value, _parameters is null ? arguments : Bind(_parameters, arguments));

    private Arguments Bind(Parameter[] parameters, Arguments arguments)
    {
        if (arguments.Count > parameters.Length)
        {
            throw new TemplateError($"{Name}() takes at most {parameters.Length} argument(s) ({arguments.Count} given)");
        }

        object?[] values = new object?[parameters.Length];
        int used = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (i < arguments.Count)
            {
                values[i] = arguments[i];
            }
            else if (arguments.TryGetNamed(parameters[i].Name, out object? value))
            {
                values[i] = value;
                used++;
            }
            else
            {
                values[i] = parameters[i].IsOptional ? Arguments.Missing : throw new TemplateError($"{Name}() missing required argument '{parameters[i].Name}'");
            }
        }

        if (used < arguments.Named.Count)
        {
            string unknown = arguments.Named.Select(n => n.Key).First(n => !parameters.Skip(arguments.Count).Any(p => p.Name == n));
            throw new TemplateError($"{Name}() got an unexpected keyword argument '{unknown}'");
        }

        return new Arguments(arguments.Rendering, values);
    }

    private sealed record Parameter(string Name, bool IsOptional);
}
