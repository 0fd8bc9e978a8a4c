namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Reads a template's statements into a tree.</summary>
internal sealed class Parser
{
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly Stack<string> _openTags = new();
    private readonly Stack<string[]> _endTags = new();
    private int _loops;

    private Parser(string template)
    {
        _tokens = new TokenStream(Lexer.Tokenize(template));
        _expressions = new ExpressionParser(_tokens);
    }

    public static Block Parse(string template) => new Parser(template).ParseBlock();

    /// <summary>Statements up to a tag named in the innermost of <see cref="_endTags"/>, which stays unread; without one, to the end.</summary>
    private Block ParseBlock()
    {
        _tokens.CheckDepth();
        var statements = new List<Statement>();
        while (true)
        {
            var token = _tokens.Current;
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new DataStatement(_tokens.Next().Text, token.Line));
                    break;
                case TokenKind.VariableBegin:
                    _tokens.Next();
                    statements.Add(new OutputStatement(_expressions.ParseTuple(), token.Line));
                    _tokens.Expect(TokenKind.VariableEnd, "end of print statement");
                    break;
                case TokenKind.BlockBegin:
                    _tokens.Next();
                    if (_endTags.TryPeek(out string[]? ends) && _tokens.Current.Kind == TokenKind.Name && ends.Contains(_tokens.Current.Text))
                    {
                        return new Block([.. statements]);
                    }

                    statements.Add(ParseStatement());
                    _tokens.Expect(TokenKind.BlockEnd, "end of statement block");
                    break;
                default:
                    return _endTags.Count == 0 ? new Block([.. statements]) : throw UnexpectedTag(null);
            }
        }
    }

    /// <summary>The body of a tag that is just read, up to one of <paramref name="ends"/>, whose name is read too.</summary>
    private Block ParseBody(params string[] ends)
    {
        _tokens.SkipOperator(":");
        _tokens.Expect(TokenKind.BlockEnd, "end of statement block");
        _endTags.Push(ends);
        var body = ParseBlock();
        _endTags.Pop();
        return body;
    }

    private Block ParseLastBody(string end)
    {
        var body = ParseBody(end);
        _tokens.Next();
        return body;
    }

    private Statement ParseStatement()
    {
        int line = _tokens.Current.Line;
        string tag = _tokens.Expect(TokenKind.Name, "tag name").Text;
        _openTags.Push(tag);
        Statement statement = tag switch
        {
            "if" => ParseIf(line),
            "for" => ParseFor(line),
            "set" => ParseSet(line),
            "macro" => ParseMacro(line),
            "call" => ParseCall(line),
            "filter" => new CaptureStatement(null, _expressions.ParseFilters(new BlockTextExpression(), nameFirst: true), ParseLastBody("endfilter"), line),
            "with" => ParseWith(line),
            "generation" => new WithStatement([], ParseLastBody("endgeneration"), line),
            "print" => new OutputStatement(_expressions.ParseTuple(), line),
            "break" or "continue" when _loops > 0 => new FlowStatement(tag == "break" ? Flow.Break : Flow.Continue, line),
            "break" or "continue" => throw new TemplateError($"'{tag}' outside loop", line),
            "include" or "import" or "from" or "extends" or "block" or "autoescape" => throw new TemplateError($"the tag '{tag}' is not supported in chat templates", line),
            _ => throw UnexpectedTag(tag),
        };
        _openTags.Pop();
        return statement;
    }

    private IfStatement ParseIf(int line)
    {
        var branches = new List<(Expression, Block)>();
        while (true)
        {
            var condition = _expressions.ParseTuple(withCondition: false);
            branches.Add((condition, ParseBody("elif", "else", "endif")));
            switch (_tokens.Next().Text)
            {
                case "else":
                    return new IfStatement([.. branches], ParseLastBody("endif"), line);
                case "endif":
                    return new IfStatement([.. branches], null, line);
            }
        }
    }

    private ForStatement ParseFor(int line)
    {
        var target = ParseTarget(allowNamespace: false);
        _tokens.ExpectName("in");
        var items = _expressions.ParseTuple(withCondition: false, endName: "recursive");
        var condition = _tokens.SkipName("if") ? _expressions.Parse() : null;
        bool recursive = _tokens.SkipName("recursive");
        _loops++;
        var body = ParseBody("endfor", "else");
        _loops--;
        return new ForStatement(target, items, condition, recursive, body, _tokens.Next().Text == "else" ? ParseLastBody("endfor") : null, line);
    }

    private Statement ParseSet(int line)
    {
        var target = ParseTarget(allowNamespace: true);
        if (_tokens.SkipOperator("="))
        {
            return new SetStatement(target, _expressions.ParseTuple(), line);
        }

        var filtered = _expressions.ParseFilters(new BlockTextExpression(), nameFirst: false);
        return new CaptureStatement(target, filtered, ParseLastBody("endset"), line);
    }

    private MacroStatement ParseMacro(int line) => new(ParseDefinition(_tokens.ExpectName(), ParseParameters(), "endmacro"), line);

    private CallStatement ParseCall(int line)
    {
        var parameters = _tokens.Current.IsOperator("(") ? ParseParameters() : [];
        var call = _expressions.Parse() as CallExpression ?? throw new TemplateError("expected call", line);
        return new CallStatement(call, ParseDefinition("caller", parameters, "endcall"), line);
    }

    private MacroDefinition ParseDefinition(string name, (string Name, Expression? Default)[] parameters, string end)
    {
        var outerNames = _expressions.NamesRead;
        int outerLoops = _loops;
        (_expressions.NamesRead, _loops) = ([], 0);
        var body = ParseLastBody(end);
        var special = new HashSet<string>(["caller", "varargs", "kwargs"]);
        special.IntersectWith(_expressions.NamesRead);
        special.ExceptWith(parameters.Select(p => p.Name));
        outerNames.UnionWith(_expressions.NamesRead);
        (_expressions.NamesRead, _loops) = (outerNames, outerLoops);
        return new MacroDefinition(name, parameters, body, special);
    }

    private (string Name, Expression? Default)[] ParseParameters()
    {
        var parameters = new List<(string, Expression?)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.Current.IsOperator(")"))
        {
            string name = _tokens.ExpectName();
            bool mustHaveDefault = parameters.Count > 0 && parameters[^1].Item2 is not null;
            parameters.Add((name, _tokens.SkipOperator("=") ? _expressions.Parse() : mustHaveDefault ? throw _tokens.Error("non-default argument follows default argument") : null));
            if (!_tokens.Current.IsOperator(")"))
            {
                _tokens.ExpectOperator(",");
            }
        }

        _tokens.ExpectOperator(")");
        return [.. parameters];
    }

    private WithStatement ParseWith(int line)
    {
        var names = new List<(Target, Expression)>();
        while (_tokens.Current.Kind != TokenKind.BlockEnd)
        {
            if (names.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }

            var target = ParseTarget(allowNamespace: false, allowTuple: false);
            _tokens.ExpectOperator("=");
            names.Add((target, _expressions.Parse()));
        }

        return new WithStatement([.. names], ParseLastBody("endwith"), line);
    }

    private Target ParseTarget(bool allowNamespace, bool allowTuple = true)
    {
        var targets = new List<Target>();
        bool isTuple = false;
        while (!_tokens.Current.IsName("in") && !_tokens.Current.IsOperator("=") && _tokens.Current.Kind != TokenKind.BlockEnd)
        {
            targets.Add(ParseOneTarget(allowNamespace));
            if (!allowTuple || !_tokens.SkipOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple ? new TupleTarget([.. targets])
            : targets.Count == 1 ? targets[0]
            : throw _tokens.Error($"Expected a name to assign to, got '{_tokens.Current.Description}'");
    }

    private Target ParseOneTarget(bool allowNamespace)
    {
        if (allowNamespace && _tokens.Current.Kind == TokenKind.Name && _tokens.Following.IsOperator("."))
        {
            string space = _tokens.Next().Text;
            _tokens.Next();
            return new NamespaceTarget(space, _tokens.ExpectName());
        }

        return AsTarget(_expressions.ParsePrimary());
    }

    private Target AsTarget(Expression expression) => expression switch
    {
        NameExpression name => new NameTarget(name.Name),
        SequenceExpression { Kind: SequenceKind.Tuple } tuple => new TupleTarget(Array.ConvertAll(tuple.Items, AsTarget)),
        _ => throw _tokens.Error("can't assign to this expression"),
    };

    private TemplateError UnexpectedTag(string? name)
    {
        string message = name is null ? "Unexpected end of template." : $"Encountered unknown tag '{name}'.";
        if (_endTags.Count > 0)
        {
            string looking = string.Join(" or ", _endTags.Peek().Select(e => $"'{e}'"));
            bool isNestingMistake = name is not null && _endTags.Any(e => e.Contains(name));
            message += isNestingMistake
                ? $" You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {looking}."
                : $" Jinja was looking for the following tags: {looking}.";
            string innermost = name is null ? _openTags.Peek() : _openTags.Skip(1).First();
            message += $" The innermost block that needs to be closed is '{innermost}'.";
        }

        return _tokens.Error(message);
    }
}
