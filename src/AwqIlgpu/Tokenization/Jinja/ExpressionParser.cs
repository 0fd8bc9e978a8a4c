using System.Globalization;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Reads expressions, loosest operator first: if-else, or, and, not, comparisons, + and -, ~, * and its like, **, sign, filters and tests.</summary>
internal sealed class ExpressionParser(TokenStream tokens)
{
    /// <summary>Names that were read anywhere since the caller last emptied it; macros ask for the special ones.</summary>
    public HashSet<string> NamesRead { get; set; } = [];

    public Expression Parse(bool withCondition = true) => withCondition ? ParseConditional() : ParseOr();

    /// <summary>An expression, or several with commas, which make a tuple.</summary>
    public Expression ParseTuple(bool withCondition = true, string? endName = null, bool inParentheses = false)
    {
        var items = new List<Expression>();
        bool isTuple = false;
        while (!IsTupleEnd(endName))
        {
            items.Add(Parse(withCondition));
            if (!tokens.SkipOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        if (isTuple || (items.Count == 0 && inParentheses))
        {
            return new SequenceExpression(SequenceKind.Tuple, [.. items]);
        }

        return items.Count == 1 ? items[0] : throw tokens.Error($"Expected an expression, got '{tokens.Current.Description}'");
    }

    public ArgumentExpressions ParseArguments()
    {
        var positional = new List<Expression>();
        var named = new List<(string, Expression)>();
        Expression? rest = null;
        Expression? restNamed = null;
        tokens.ExpectOperator("(");
        while (!tokens.Current.IsOperator(")"))
        {
            if (tokens.SkipOperator("**"))
            {
                restNamed = restNamed is null ? Parse() : throw InvalidCall();
            }
            else if (tokens.SkipOperator("*"))
            {
                rest = rest is null && restNamed is null ? Parse() : throw InvalidCall();
            }
            else if (tokens.Current.Kind == TokenKind.Name && tokens.Following.IsOperator("="))
            {
                string name = tokens.Next().Text;
                tokens.Next();
                named.Add(restNamed is null ? (name, Parse()) : throw InvalidCall());
            }
            else
            {
                positional.Add(rest is null && restNamed is null && named.Count == 0 ? Parse() : throw InvalidCall());
            }

            if (!tokens.Current.IsOperator(")"))
            {
                tokens.ExpectOperator(",");
            }
        }

        tokens.ExpectOperator(")");
        return new ArgumentExpressions([.. positional], [.. named], rest, restNamed);
    }

    /// <summary>Filters after <paramref name="target"/>; with <paramref name="nameFirst"/> the first has no bar before it.</summary>
    public Expression ParseFilters(Expression target, bool nameFirst)
    {
        while (nameFirst || tokens.SkipOperator("|"))
        {
            string name = ParseDottedName();
            target = new FilterExpression(target, name, tokens.Current.IsOperator("(") ? ParseArguments() : ArgumentExpressions.None);
            nameFirst = false;
        }

        return target;
    }

    public Expression ParsePrimary()
    {
        var token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                tokens.Next();
                return token.Text switch
                {
                    "true" or "True" => new Literal(true),
                    "false" or "False" => new Literal(false),
                    "none" or "None" => new Literal(null),
                    _ => Name(token.Text),
                };
            case TokenKind.String:
                string text = tokens.Next().Text;
                while (tokens.Current.Kind == TokenKind.String)
                {
                    text += tokens.Next().Text;
                }

                return new Literal(text);
            case TokenKind.Integer:
                tokens.Next();
                return new Literal(long.TryParse(token.Text, NumberStyles.None, null, out long integer) ? integer : throw tokens.Error($"{token.Text}: integers beyond 64 bits are not supported"));
            case TokenKind.Float:
                tokens.Next();
                return new Literal(double.Parse(token.Text));
            case TokenKind.Operator when token.Text == "(":
                tokens.Next();
                tokens.CheckDepth();
                var tuple = ParseTuple(inParentheses: true);
                tokens.ExpectOperator(")");
                return tuple;
            case TokenKind.Operator when token.Text == "[":
                return ParseList();
            case TokenKind.Operator when token.Text == "{":
                return ParseMapping();
            default:
                throw tokens.Error($"unexpected '{token.Description}'");
        }
    }

    private NameExpression Name(string name)
    {
        NamesRead.Add(name);
        return new NameExpression(name);
    }

    private Expression ParseConditional()
    {
        tokens.CheckDepth();
        int line = tokens.Current.Line;
        var expression = ParseOr();
        while (tokens.SkipName("if"))
        {
            var condition = ParseOr();
            expression = new ConditionalExpression(condition, expression, tokens.SkipName("else") ? ParseConditional() : null, line);
        }

        return expression;
    }

    private Expression ParseOr()
    {
        var left = ParseAnd();
        while (tokens.SkipName("or"))
        {
            left = new LogicalExpression(isOr: true, left, ParseAnd());
        }

        return left;
    }

    private Expression ParseAnd()
    {
        var left = ParseNot();
        while (tokens.SkipName("and"))
        {
            left = new LogicalExpression(isOr: false, left, ParseNot());
        }

        return left;
    }

    private Expression ParseNot()
    {
        tokens.CheckDepth();
        return tokens.SkipName("not") ? Not(ParseNot()) : ParseComparison();
    }

    private static UnaryExpression Not(Expression operand) => new(v => !PythonValue.Truth(v), operand);

    private Expression ParseComparison()
    {
        var first = ParseSum();
        var rest = new List<(ComparisonOperator, Expression)>();
        while (ParseComparisonOperator() is { } comparison)
        {
            rest.Add((comparison, ParseSum()));
        }

        return rest.Count == 0 ? first : new ComparisonExpression(first, [.. rest]);
    }

    private ComparisonOperator? ParseComparisonOperator()
    {
        if (tokens.SkipName("in"))
        {
            return PythonComparison.IsIn;
        }

        if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
        {
            tokens.Next();
            tokens.Next();
            return (r, a, b) => !PythonComparison.IsIn(r, a, b);
        }

        ComparisonOperator? comparison = tokens.Current.Kind != TokenKind.Operator ? null : tokens.Current.Text switch
        {
            "==" => PythonComparison.AreEqual,
            "!=" => (r, a, b) => !PythonComparison.AreEqual(r, a, b),
            "<" => PythonComparison.IsLess,
            "<=" => PythonComparison.IsLessOrEqual,
            ">" => PythonComparison.IsGreater,
            ">=" => PythonComparison.IsGreaterOrEqual,
            _ => null,
        };
        if (comparison is not null)
        {
            tokens.Next();
        }

        return comparison;
    }

    private Expression ParseSum() => ParseBinary(ParseConcatenation, text => text switch
    {
        "+" => PythonArithmetic.Add,
        "-" => PythonArithmetic.Subtract,
        _ => null,
    });

    private Expression ParseConcatenation()
    {
        var parts = new List<Expression> { ParseProduct() };
        while (tokens.SkipOperator("~"))
        {
            parts.Add(ParseProduct());
        }

        return parts.Count == 1 ? parts[0] : new ConcatenationExpression([.. parts]);
    }

    private Expression ParseProduct() => ParseBinary(ParsePower, text => text switch
    {
        "*" => PythonArithmetic.Multiply,
        "/" => PythonArithmetic.Divide,
        "//" => PythonArithmetic.FloorDivide,
        "%" => PythonArithmetic.Remainder,
        _ => null,
    });

    private Expression ParsePower() => ParseBinary(() => ParseUnary(withFilters: true), text => text == "**" ? PythonArithmetic.Power : null);

    private Expression ParseBinary(Func<Expression> parseOperand, Func<string, BinaryOperator?> find)
    {
        var left = parseOperand();
        while (tokens.Current.Kind == TokenKind.Operator && find(tokens.Current.Text) is { } apply)
        {
            tokens.Next();
            left = new BinaryExpression(apply, left, parseOperand());
        }

        return left;
    }

    private Expression ParseUnary(bool withFilters)
    {
        tokens.CheckDepth();
        var expression = tokens.SkipOperator("-") ? new UnaryExpression(PythonArithmetic.Negate, ParseUnary(withFilters: false))
            : tokens.SkipOperator("+") ? new UnaryExpression(PythonArithmetic.Plus, ParseUnary(withFilters: false))
            : ParsePrimary();
        expression = ParsePostfix(expression);
        while (withFilters)
        {
            if (tokens.Current.IsOperator("|"))
            {
                expression = ParseFilters(expression, nameFirst: false);
            }
            else if (tokens.SkipName("is"))
            {
                expression = ParseTest(expression);
            }
            else if (tokens.Current.IsOperator("("))
            {
                expression = new CallExpression(expression, ParseArguments());
            }
            else
            {
                break;
            }
        }

        return expression;
    }

    private Expression ParsePostfix(Expression expression)
    {
        while (true)
        {
            if (tokens.SkipOperator("."))
            {
                var token = tokens.Next();
                expression = token.Kind switch
                {
                    TokenKind.Name => new AttributeExpression(expression, token.Text),
                    TokenKind.Integer when long.TryParse(token.Text, out long index) => new ItemExpression(expression, new Literal(index)),
                    _ => throw new TemplateError("expected name or number", token.Line),
                };
            }
            else if (tokens.SkipOperator("["))
            {
                expression = ParseSubscript(expression);
                tokens.ExpectOperator("]");
            }
            else if (tokens.Current.IsOperator("("))
            {
                expression = new CallExpression(expression, ParseArguments());
            }
            else
            {
                return expression;
            }
        }
    }

    private Expression ParseSubscript(Expression target)
    {
        var start = tokens.Current.IsOperator(":") ? null : ParseTuple();
        if (!tokens.SkipOperator(":"))
        {
            return new ItemExpression(target, start!);
        }

        var stop = ParseSliceBound();
        return new SliceExpression(target, start, stop, tokens.SkipOperator(":") ? ParseSliceBound() : null);
    }

    private Expression? ParseSliceBound() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Parse();

    private Expression ParseTest(Expression target)
    {
        bool negated = tokens.SkipName("not");
        string name = ParseDottedName();
        var arguments = ArgumentExpressions.None;
        var next = tokens.Current;
        if (next.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (next.IsName("is"))
        {
            throw tokens.Error("You cannot chain multiple tests with is");
        }
        else if ((next.Kind is TokenKind.Name or TokenKind.String or TokenKind.Integer or TokenKind.Float || next.IsOperator("[") || next.IsOperator("{"))
            && (next.Kind != TokenKind.Name || next.Text is not ("else" or "or" or "and")))
        {
            arguments = new ArgumentExpressions([ParsePostfix(ParsePrimary())], [], null, null);
        }

        var test = new TestExpression(target, name, arguments);
        return negated ? Not(test) : test;
    }

    private string ParseDottedName()
    {
        string name = tokens.ExpectName();
        while (tokens.SkipOperator("."))
        {
            name += "." + tokens.ExpectName();
        }

        return name;
    }

    private SequenceExpression ParseList()
    {
        tokens.CheckDepth();
        tokens.ExpectOperator("[");
        var items = new List<Expression>();
        while (!tokens.Current.IsOperator("]"))
        {
            items.Add(Parse());
            if (!tokens.Current.IsOperator("]"))
            {
                tokens.ExpectOperator(",");
            }
        }

        tokens.ExpectOperator("]");
        return new SequenceExpression(SequenceKind.List, [.. items]);
    }

    private MappingExpression ParseMapping()
    {
        tokens.CheckDepth();
        tokens.ExpectOperator("{");
        var entries = new List<(Expression, Expression)>();
        while (!tokens.Current.IsOperator("}"))
        {
            var key = Parse();
            tokens.ExpectOperator(":");
            entries.Add((key, Parse()));
            if (!tokens.Current.IsOperator("}"))
            {
                tokens.ExpectOperator(",");
            }
        }

        tokens.ExpectOperator("}");
        return new MappingExpression([.. entries]);
    }

    private bool IsTupleEnd(string? endName) => tokens.Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd or TokenKind.End
        || tokens.Current.IsOperator(")") || (endName is not null && tokens.Current.IsName(endName));

    private TemplateError InvalidCall() => tokens.Error("invalid syntax for function call expression");
}
