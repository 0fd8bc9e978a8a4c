namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The variable <c>loop</c> inside a loop; calling it loops over other items, where the loop is recursive.</summary>
internal sealed class Loop(ForStatement statement, Scope scope, IReadOnlyList<object?> items, int depth) : Callable
{
    private static readonly Builtin s_cycle = new("cycle", "*", (self, arguments) =>
    {
        var loop = (Loop)self!;
        return arguments.Count == 0 ? throw new TemplateError("no items for cycling given") : arguments[loop._index % arguments.Count];
    });

    private static readonly Builtin s_changed = new("changed", "*", (self, arguments) =>
    {
        var loop = (Loop)self!;
        var value = Sequence.Tuple([.. arguments.Positional]);
        bool changed = loop._last is null || !PythonComparison.AreEqual(arguments.Rendering, loop._last, value);
        loop._last = value;
        return changed;
    });

    private int _index = -1;
    private Sequence? _last;

    public override string Name => "loop";

    public object? Current => items[_index];

    public int Index => _index + 1;

    public int Length => items.Count;

    public bool MoveNext() => ++_index < items.Count;

    public override object? Call(Arguments arguments)
    {
        if (!statement.IsRecursive)
        {
            throw new TemplateError("The loop must have the 'recursive' marker to be called recursively.");
        }

        if (arguments.Count != 1 || arguments.Named.Count > 0)
        {
            throw new TemplateError($"loop() takes one argument ({arguments.Count + arguments.Named.Count} given)");
        }

        arguments.Rendering.EnterCall();
        var output = new BoundedText(arguments.Rendering);
        statement.Loop(scope, arguments[0], depth + 1, output);
        arguments.Rendering.LeaveCall();
        return output.ToString();
    }

    public bool TryAttribute(string name, out object? value)
    {
        value = name switch
        {
            "index" => (long)_index + 1,
            "index0" => (long)_index,
            "revindex" => (long)items.Count - _index,
            "revindex0" => (long)items.Count - _index - 1,
            "first" => _index == 0,
            "last" => _index == items.Count - 1,
            "length" => (long)items.Count,
            "depth" => (long)depth + 1,
            "depth0" => (long)depth,
            "previtem" => _index > 0 ? items[_index - 1] : Undefined.Because("there is no previous item"),
            "nextitem" => _index + 1 < items.Count ? items[_index + 1] : Undefined.Because("there is no next item"),
            "cycle" => new BoundFunction(s_cycle, this),
            "changed" => new BoundFunction(s_changed, this),
            _ => Arguments.Missing,
        };
        return !ReferenceEquals(value, Arguments.Missing);
    }
}
