using System.Runtime.CompilerServices;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>One rendering under way: the line it is at, and the work it may still do.</summary>
/// <remarks>Templates come with downloaded models. The limits are far above what a long conversation takes and end a hostile template within seconds.</remarks>
internal sealed class Rendering
{
    /// <summary>Evaluated nodes and elements of lists.</summary>
    private const long MaxSteps = 10_000_000;

    /// <summary>Characters read or written by string operations, output included.</summary>
    private const long MaxCharacters = 256L << 20;

    /// <summary>Macros and recursive loops inside each other.</summary>
    private const int MaxCalls = 100;

    private long _steps;
    private long _characters;
    private int _calls;

    public int Line { get; set; }

    /// <summary>Counts one step; called wherever evaluation recurses, so it also guards the stack.</summary>
    public void Step()
    {
        Steps(1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new TemplateError("nested too deeply");
        }
    }

    public void Steps(long count)
    {
        _steps += count;
        if (_steps > MaxSteps)
        {
            throw new TemplateError($"the template takes more than {MaxSteps} steps");
        }
    }

    public void Characters(long count)
    {
        _characters += count;
        if (_characters > MaxCharacters)
        {
            throw new TemplateError($"the template handles more than {MaxCharacters} characters");
        }
    }

    /// <summary>Counts the worst case of a search, which grows with both lengths.</summary>
    public void Search(string text, string wanted) => Characters(text.Length * (1L + (wanted.Length / 16)));

    public void EnterCall()
    {
        if (++_calls > MaxCalls)
        {
            throw new TemplateError($"maximum recursion depth exceeded: more than {MaxCalls} calls inside each other");
        }
    }

    public void LeaveCall() => _calls--;
}
