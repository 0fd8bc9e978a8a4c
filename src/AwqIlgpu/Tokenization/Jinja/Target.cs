namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>What <c>set</c> and <c>for</c> assign to.</summary>
internal abstract class Target
{
    public abstract void Assign(Scope scope, object? value);
}

internal sealed class NameTarget(string name) : Target
{
    public override void Assign(Scope scope, object? value) => scope[name] = value;
}

/// <summary><c>ns.name</c>.</summary>
internal sealed class NamespaceTarget(string space, string name) : Target
{
    public override void Assign(Scope scope, object? value)
    {
        if (scope[space] is not Namespace target)
        {
            throw new TemplateError("cannot assign attribute on non-namespace object");
        }

        target.Attributes[name] = value;
    }
}

/// <summary><c>a, b</c>.</summary>
internal sealed class TupleTarget(Target[] targets) : Target
{
    public override void Assign(Scope scope, object? value)
    {
        if (!PythonValue.IsIterable(value))
        {
            throw new TemplateError($"cannot unpack non-iterable {PythonValue.TypeName(value)} object");
        }

        var items = PythonValue.Iterate(scope.Rendering, value);
        if (items.Count != targets.Length)
        {
            throw new TemplateError(items.Count > targets.Length
                ? $"too many values to unpack (expected {targets.Length})"
                : $"not enough values to unpack (expected {targets.Length}, got {items.Count})");
        }

        for (int i = 0; i < targets.Length; i++)
        {
            targets[i].Assign(scope, items[i]);
        }
    }
}
