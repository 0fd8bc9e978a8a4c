namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>A value that can be called.</summary>
internal abstract class Callable
{
    public abstract string Name { get; }

    public abstract object? Call(Arguments arguments);
}

/// <summary>A method of a value, or with no value a global function.</summary>
internal sealed class BoundFunction(Builtin function, object? self) : Callable
{
    public override string Name => function.Name;

    public override object? Call(Arguments arguments) => function.Call(self, arguments);
}
