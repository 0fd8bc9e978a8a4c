namespace AwqIlgpu.Tokenization.PostProcessors;

/// <summary>Puts special tokens before and after the text.</summary>
internal sealed class TemplateProcessing(int[] before, int[] after) : PostProcessor
{
    /// <summary>Reads the template for one text, <c>single</c>; nothing here encodes pairs.</summary>
    public static TemplateProcessing ReadTemplate(TokenizerField field)
    {
        var before = new List<int>();
        var after = new List<int>();
        bool textSeen = false;
        foreach (var piece in field.Required("single").Items())
        {
            if (piece.Optional("SpecialToken") is { } special)
            {
                (textSeen ? after : before).AddRange(ReadIds(field, special.RequiredText("id")));
            }
            else if (piece.Required("Sequence").RequiredText("id") is var sequence && sequence != "A")
            {
                throw piece.Invalid($"names sequence \"{sequence}\"; a template for one text has only A.");
            }
            else if (textSeen)
            {
                throw new NotSupportedException($"{Tokenizer.FileName}: {piece.Path} repeats the text; templates with the text once are supported.");
            }
            else
            {
                textSeen = true;
            }
        }

        return textSeen
            ? new TemplateProcessing([.. before], [.. after])
            : throw new NotSupportedException($"{Tokenizer.FileName}: {field.Path}.single leaves the text out; templates with the text once are supported.");
    }

    public override void Apply(EncodedText encoded, bool addSpecialTokens, Func<int, string?> tokens)
    {
        if (addSpecialTokens)
        {
            encoded.Surround(before, after);
        }
    }

    private static IEnumerable<int> ReadIds(TokenizerField template, string token)
    {
        var defined = template.Required("special_tokens").Optional(token)
            ?? throw template.Invalid($"uses the special token \"{token}\", which special_tokens does not define.");
        return defined.Required("ids").Items().Select(id => id.Number());
    }
}
