namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>What comes after a statement.</summary>
internal enum Flow
{
    Next,
    Break,
    Continue,
}

/// <summary>A part of a template that writes or sets something.</summary>
internal abstract class Statement(int line)
{
    public int Line => line;

    public Flow Execute(Scope scope, BoundedText output)
    {
        scope.Rendering.Line = line;
        scope.Rendering.Step();
        return Run(scope, output);
    }

    protected abstract Flow Run(Scope scope, BoundedText output);
}

/// <summary>Statements one after the other; <c>break</c> and <c>continue</c> leave the rest out.</summary>
internal sealed class Block(Statement[] statements)
{
    public Flow Execute(Scope scope, BoundedText output)
    {
        foreach (var statement in statements)
        {
            var flow = statement.Execute(scope, output);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    /// <summary>What the statements write, in a scope of their own.</summary>
    public string Render(Scope scope)
    {
        var output = new BoundedText(scope.Rendering);
        Execute(new Scope(scope), output);
        return output.ToString();
    }
}

internal sealed class DataStatement(string text, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        output.Append(text);
        return Flow.Next;
    }
}

/// <summary><c>{{ expression }}</c>.</summary>
internal sealed class OutputStatement(Expression expression, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        output.Append(PythonText.Str(scope.Rendering, expression.Evaluate(scope)));
        return Flow.Next;
    }
}

internal sealed class IfStatement((Expression Condition, Block Body)[] branches, Block? otherwise, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        foreach (var (condition, body) in branches)
        {
            if (PythonValue.Truth(condition.Evaluate(scope)))
            {
                return body.Execute(scope, output);
            }
        }

        return otherwise?.Execute(scope, output) ?? Flow.Next;
    }
}

/// <summary><c>break</c> and <c>continue</c>.</summary>
internal sealed class FlowStatement(Flow flow, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output) => flow;
}

/// <summary><c>set target = value</c>.</summary>
internal sealed class SetStatement(Target target, Expression value, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        target.Assign(scope, value.Evaluate(scope));
        return Flow.Next;
    }
}

/// <summary><c>set target</c> and <c>filter</c> blocks: what the body writes, filtered, is assigned or without a target printed.</summary>
internal sealed class CaptureStatement(Target? target, Expression filtered, Block body, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        var inner = new Scope(scope) { [BlockTextExpression.Name] = body.Render(scope) };
        object? value = filtered.Evaluate(inner);
        if (target is not null)
        {
            target.Assign(scope, value);
        }
        else
        {
            output.Append(PythonText.Str(scope.Rendering, value));
        }

        return Flow.Next;
    }
}

/// <summary><c>with a = b</c>; without names also <c>generation</c>, which only marks what the assistant wrote.</summary>
internal sealed class WithStatement((Target Target, Expression Value)[] names, Block body, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        var inner = new Scope(scope);
        foreach (var (target, value) in names)
        {
            target.Assign(inner, value.Evaluate(scope));
        }

        return body.Execute(inner, output);
    }
}
