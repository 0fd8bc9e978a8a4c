namespace AwqIlgpu.Tokenization.Jinja;

/// <summary><c>for target in items if condition</c>, with <c>else</c> for no items.</summary>
internal sealed class ForStatement(Target target, Expression items, Expression? condition, bool recursive, Block body, Block? otherwise, int line) : Statement(line)
{
    public bool IsRecursive => recursive;

    /// <summary>Loops over <paramref name="values"/>; a recursive loop calls it again, one deeper.</summary>
    public void Loop(Scope scope, object? values, int depth, BoundedText output)
    {
        var selected = PythonValue.Iterate(scope.Rendering, values);
        if (condition is not null)
        {
            selected = [.. selected.Where(item =>
            {
                var inner = new Scope(scope);
                target.Assign(inner, item);
                return PythonValue.Truth(condition.Evaluate(inner));
            })];
        }

        if (selected.Count == 0)
        {
            otherwise?.Execute(new Scope(scope), output);
            return;
        }

        var loop = new Loop(this, scope, selected, depth);
        while (loop.MoveNext())
        {
            var inner = new Scope(scope) { ["loop"] = loop };
            target.Assign(inner, loop.Current);
            if (body.Execute(inner, output) == Flow.Break)
            {
                break;
            }
        }
    }

    protected override Flow Run(Scope scope, BoundedText output)
    {
        Loop(scope, items.Evaluate(scope), 0, output);
        return Flow.Next;
    }
}
