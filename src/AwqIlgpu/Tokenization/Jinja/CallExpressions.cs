namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The arguments of a call as written: <c>(a, *b, name=c, **d)</c>.</summary>
internal sealed class ArgumentExpressions(Expression[] positional, (string Name, Expression Value)[] named, Expression? rest, Expression? restNamed)
{
    public static ArgumentExpressions None { get; } = new([], [], null, null);

    public Arguments Evaluate(Scope scope, Callable? caller = null)
    {
        var values = new List<object?>(positional.Length);
        foreach (var argument in positional)
        {
            values.Add(argument.Evaluate(scope));
        }

        if (rest is not null)
        {
            values.AddRange(PythonValue.Iterate(scope.Rendering, rest.Evaluate(scope)));
        }

        if (named.Length == 0 && restNamed is null && caller is null)
        {
            return new Arguments(scope.Rendering, values);
        }

        var namedValues = named.Select(n => KeyValuePair.Create(n.Name, n.Value.Evaluate(scope))).ToList();
        if (restNamed?.Evaluate(scope) is { } more)
        {
            var mapping = more as Mapping ?? throw new TemplateError($"argument after ** must be a mapping, not {PythonValue.TypeName(more)}");
            namedValues.AddRange(mapping.Entries.Select(e => KeyValuePair.Create(e.Key as string ?? throw new TemplateError("keywords must be strings"), e.Value)));
        }

        if (caller is not null)
        {
            namedValues.Add(KeyValuePair.Create("caller", (object?)caller));
        }

        return new Arguments(scope.Rendering, values, namedValues);
    }
}

internal sealed class CallExpression(Expression target, ArgumentExpressions arguments) : Expression
{
    /// <summary>Calls with the body of a <c>call</c> block as the argument <c>caller</c>.</summary>
    public object? Call(Scope scope, Callable? caller) => target.Evaluate(scope) switch
    {
        Callable callable => callable.Call(arguments.Evaluate(scope, caller)),
        Undefined undefined => throw undefined.Error(),
        var other => throw new TemplateError($"{PythonValue.Quoted(other)} object is not callable"),
    };

    protected override object? Compute(Scope scope) => Call(scope, null);
}

/// <summary><c>value | name(arguments)</c>. An unknown name is an error only when it is reached: a branch not taken may be written for another engine.</summary>
internal sealed class FilterExpression(Expression target, string name, ArgumentExpressions arguments) : Expression
{
    private readonly Builtin? _filter = Filters.Find(name);

    protected override object? Compute(Scope scope) => _filter is null
        ? throw Filters.Unknown(name)
        : _filter.Call(target.Evaluate(scope), arguments.Evaluate(scope));
}

/// <summary><c>value is name(arguments)</c>.</summary>
internal sealed class TestExpression(Expression target, string name, ArgumentExpressions arguments) : Expression
{
    private readonly Builtin? _test = ValueTests.Find(name);

    protected override object? Compute(Scope scope) => _test is null
        ? throw ValueTests.Unknown(name)
        : _test.Call(target.Evaluate(scope), arguments.Evaluate(scope));
}

/// <summary>The text of a <c>filter</c> or <c>set</c> block, which the block's filters start from.</summary>
internal sealed class BlockTextExpression : Expression
{
    /// <summary>No name in a template can be empty.</summary>
    public const string Name = "";

    protected override object? Compute(Scope scope) => scope[Name];
}
