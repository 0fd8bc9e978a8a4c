namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>A macro's or a <c>call</c> block's parameters and body.</summary>
/// <param name="Name">Name, <c>caller</c> for a block.</param>
/// <param name="Parameters">Names and defaults.</param>
/// <param name="Body">What it writes.</param>
/// <param name="Special">Which of <c>caller</c>, <c>varargs</c> and <c>kwargs</c> the body reads; only those are accepted beyond the parameters.</param>
internal sealed record MacroDefinition(string Name, (string Name, Expression? Default)[] Parameters, Block Body, HashSet<string> Special);

/// <summary>A macro as a value; its body sees the names of the place of its definition.</summary>
internal sealed class Macro(MacroDefinition definition, Scope scope) : Callable
{
    public override string Name => definition.Name;

    public override object? Call(Arguments arguments)
    {
        arguments.Rendering.EnterCall();
        int line = arguments.Rendering.Line;
        string text = definition.Body.Render(Bind(arguments));
        arguments.Rendering.Line = line;
        arguments.Rendering.LeaveCall();
        return text;
    }

    private Scope Bind(Arguments arguments)
    {
        var inner = new Scope(scope);
        var named = arguments.Named.ToList();
        var parameters = definition.Parameters;
        for (int i = 0; i < parameters.Length; i++)
        {
            string name = parameters[i].Name;
            int at = named.FindIndex(n => n.Key == name);
            if (i < arguments.Count)
            {
                inner[name] = arguments[i];
            }
            else if (at >= 0)
            {
                inner[name] = named[at].Value;
                named.RemoveAt(at);
            }
            else
            {
                inner[name] = parameters[i].Default is { } fallback ? fallback.Evaluate(inner) : Undefined.Because($"parameter {PythonText.Repr(name)} was not provided");
            }
        }

        BindSpecial(inner, arguments, named);
        return inner;
    }

    private void BindSpecial(Scope inner, Arguments arguments, List<KeyValuePair<string, object?>> named)
    {
        int count = definition.Parameters.Length;
        if (definition.Special.Contains("caller"))
        {
            int at = named.FindIndex(n => n.Key == "caller");
            inner["caller"] = at >= 0 ? named[at].Value : Undefined.Because("No caller defined");
            named.RemoveAll(n => n.Key == "caller");
        }

        if (definition.Special.Contains("kwargs"))
        {
            var rest = new Mapping();
            named.ForEach(n => rest[n.Key] = n.Value);
            inner["kwargs"] = rest;
        }
        else if (named.Count > 0)
        {
            throw new TemplateError($"macro {PythonText.Repr(Name)} takes no keyword argument {PythonText.Repr(named[0].Key)}");
        }

        if (definition.Special.Contains("varargs"))
        {
            inner["varargs"] = Sequence.Tuple([.. arguments.Positional.Skip(count)]);
        }
        else if (arguments.Count > count)
        {
            throw new TemplateError($"macro {PythonText.Repr(Name)} takes not more than {count} argument(s)");
        }
    }
}

internal sealed class MacroStatement(MacroDefinition definition, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        scope[definition.Name] = new Macro(definition, scope);
        return Flow.Next;
    }
}

/// <summary><c>call(parameters) macro(arguments)</c>: the body is the macro's <c>caller</c>.</summary>
internal sealed class CallStatement(CallExpression call, MacroDefinition caller, int line) : Statement(line)
{
    protected override Flow Run(Scope scope, BoundedText output)
    {
        output.Append(PythonText.Str(scope.Rendering, call.Call(scope, new Macro(caller, scope))));
        return Flow.Next;
    }
}
