namespace AwqIlgpu.Tokenization.Jinja;

internal delegate object? BinaryOperator(Rendering rendering, object? left, object? right);

internal delegate bool ComparisonOperator(Rendering rendering, object? left, object? right);

internal sealed class BinaryExpression(BinaryOperator apply, Expression left, Expression right) : Expression
{
    protected override object? Compute(Scope scope) => apply(scope.Rendering, left.Evaluate(scope), right.Evaluate(scope));
}

internal sealed class UnaryExpression(Func<object?, object?> apply, Expression operand) : Expression
{
    protected override object? Compute(Scope scope) => apply(operand.Evaluate(scope));
}

/// <summary><c>and</c> and <c>or</c>, which give the operand that decided.</summary>
internal sealed class LogicalExpression(bool isOr, Expression left, Expression right) : Expression
{
    protected override object? Compute(Scope scope)
    {
        object? first = left.Evaluate(scope);
        return PythonValue.Truth(first) == isOr ? first : right.Evaluate(scope);
    }
}

/// <summary><c>a &lt; b &lt;= c</c>: each neighbouring pair holds, and each operand is evaluated at most once.</summary>
internal sealed class ComparisonExpression(Expression first, (ComparisonOperator Holds, Expression Operand)[] rest) : Expression
{
    protected override object? Compute(Scope scope)
    {
        object? left = first.Evaluate(scope);
        foreach (var (holds, operand) in rest)
        {
            object? right = operand.Evaluate(scope);
            if (!holds(scope.Rendering, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }
}

/// <summary><c>a ~ b</c>: both as text.</summary>
internal sealed class ConcatenationExpression(Expression[] parts) : Expression
{
    protected override object? Compute(Scope scope)
    {
        var text = new BoundedText(scope.Rendering);
        foreach (var part in parts)
        {
            text.Append(PythonText.Str(scope.Rendering, part.Evaluate(scope)));
        }

        return text.ToString();
    }
}

/// <summary><c>a if condition else b</c>.</summary>
internal sealed class ConditionalExpression(Expression condition, Expression then, Expression? otherwise, int line) : Expression
{
    protected override object? Compute(Scope scope) => PythonValue.Truth(condition.Evaluate(scope))
        ? then.Evaluate(scope)
        : otherwise is not null ? otherwise.Evaluate(scope)
        : Undefined.Because($"the inline if-expression on line {line} evaluated to false and no else section was defined.");
}
