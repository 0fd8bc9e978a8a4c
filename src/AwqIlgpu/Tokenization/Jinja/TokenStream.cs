using System.Runtime.CompilerServices;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The parser's place in a template's tokens.</summary>
internal sealed class TokenStream(List<Token> tokens)
{
    private int _at;

    public Token Current => tokens[_at];

    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Next()
    {
        var token = tokens[_at];
        _at = Math.Min(_at + 1, tokens.Count - 1);
        return token;
    }

    public bool SkipName(string name)
    {
        bool found = Current.IsName(name);
        if (found)
        {
            Next();
        }

        return found;
    }

    public bool SkipOperator(string text)
    {
        bool found = Current.IsOperator(text);
        if (found)
        {
            Next();
        }

        return found;
    }

    public string ExpectName() => Expect(TokenKind.Name, "name").Text;

    public void ExpectName(string name)
    {
        if (!SkipName(name))
        {
            throw Unexpected(name);
        }
    }

    public void ExpectOperator(string text)
    {
        if (!SkipOperator(text))
        {
            throw Unexpected(text);
        }
    }

    public Token Expect(TokenKind kind, string description) => Current.Kind == kind ? Next() : throw Unexpected(description);

    public TemplateError Error(string message) => new(message, Current.Line);

    /// <summary>Called wherever parsing recurses: a template may nest as deep as it likes, the stack may not.</summary>
    public void CheckDepth()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Error("nested too deeply");
        }
    }

    private TemplateError Unexpected(string expected) => Error(Current.Kind == TokenKind.End
        ? $"unexpected end of template, expected '{expected}'."
        : $"expected token '{expected}', got '{Current.Description}'");
}
