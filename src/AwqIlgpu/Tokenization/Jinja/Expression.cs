namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>A part of a template that has a value. Trees are built once and evaluated by any number of threads.</summary>
internal abstract class Expression
{
    public object? Evaluate(Scope scope)
    {
        scope.Rendering.Step();
        return Compute(scope);
    }

    protected abstract object? Compute(Scope scope);
}

internal sealed class Literal(object? value) : Expression
{
    public object? Value => value;

    protected override object? Compute(Scope scope) => value;
}

internal sealed class NameExpression(string name) : Expression
{
    public string Name => name;

    protected override object? Compute(Scope scope) => scope[name];
}

/// <summary><c>[a, b]</c> or <c>(a, b)</c>.</summary>
internal sealed class SequenceExpression(SequenceKind kind, Expression[] items) : Expression
{
    public SequenceKind Kind => kind;

    public Expression[] Items => items;

    protected override object? Compute(Scope scope) => new Sequence(kind, Array.ConvertAll(items, i => i.Evaluate(scope)));
}

internal sealed class MappingExpression((Expression Key, Expression Value)[] entries) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var mapping = new Mapping();
        foreach (var (key, value) in entries)
        {
            mapping[key.Evaluate(scope)] = value.Evaluate(scope);
        }

        return mapping;
    }
}

internal sealed class AttributeExpression(Expression target, string name) : Expression
{
    protected override object? Compute(Scope scope) => Attributes.Get(scope.Rendering, target.Evaluate(scope), name);
}

internal sealed class ItemExpression(Expression target, Expression key) : Expression
{
    protected override object? Compute(Scope scope) => Attributes.GetItem(scope.Rendering, target.Evaluate(scope), key.Evaluate(scope));
}

internal sealed class SliceExpression(Expression target, Expression? start, Expression? stop, Expression? step) : Expression
{
    protected override object? Compute(Scope scope) =>
        Attributes.Slice(scope.Rendering, target.Evaluate(scope), start?.Evaluate(scope), stop?.Evaluate(scope), step?.Evaluate(scope));
}
