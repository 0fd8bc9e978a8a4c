namespace AwqIlgpu.Tokenization.PostProcessors;

/// <summary>Finishes the ids of a text: adds special tokens, trims offsets.</summary>
internal abstract class PostProcessor
{
    private const string Supported = "Sequence, TemplateProcessing, ByteLevel, RobertaProcessing, BertProcessing";

    /// <param name="encoded">What to finish.</param>
    /// <param name="addSpecialTokens">Whether the caller wants the special tokens that this adds.</param>
    /// <param name="tokens">The token of each id.</param>
    public abstract void Apply(EncodedText encoded, bool addSpecialTokens, Func<int, string?> tokens);

    /// <summary>Reads <c>post_processor</c> as a flat list of steps.</summary>
    /// <exception cref="NotSupportedException">The type is not known.</exception>
    public static IEnumerable<PostProcessor> Read(TokenizerField field)
    {
        string type = field.RequiredText("type");
        switch (type)
        {
            case "Sequence":
                return [.. field.Required("processors").Items().SelectMany(Read)];
            case "ByteLevel":
                return field.OptionalFlag("trim_offsets", true) ? [new OffsetTrimming(field.OptionalFlag("add_prefix_space", true))] : [];
            case "TemplateProcessing":
                return [TemplateProcessing.ReadTemplate(field)];
            case "RobertaProcessing":
                var template = new TemplateProcessing([ReadPair(field.Required("cls"))], [ReadPair(field.Required("sep"))]);
                return field.OptionalFlag("trim_offsets", true) ? [new OffsetTrimming(field.OptionalFlag("add_prefix_space", true)), template] : [template];
            case "BertProcessing":
                return [new TemplateProcessing([ReadPair(field.Required("cls"))], [ReadPair(field.Required("sep"))])];
            default:
                throw field.NotSupported(type, Supported);
        }
    }

    /// <summary>The id of a pair <c>["[CLS]", 101]</c>.</summary>
    private static int ReadPair(TokenizerField field) =>
        field.Items().ToArray() is [var token, var id] && token.Text().Length >= 0 ? id.Number() : throw field.Invalid("is not a pair of token and id.");
}
