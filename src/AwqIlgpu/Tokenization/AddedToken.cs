namespace AwqIlgpu.Tokenization;

/// <summary>A token that is cut out of the text before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Matches only where no word character stands on either side.</param>
/// <param name="StripLeft">Swallows the white space before it.</param>
/// <param name="StripRight">Swallows the white space after it.</param>
/// <param name="Normalized">Is looked for in the normalized text, by its own normalized content.</param>
/// <param name="Special">Can be skipped in decoding.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized, bool Special)
{
    public static AddedToken Read(TokenizerField field)
    {
        bool special = field.OptionalFlag("special", false);
        return new AddedToken(
            field.Required("id").Number(),
            field.RequiredText("content"),
            field.OptionalFlag("single_word", false),
            field.OptionalFlag("lstrip", false),
            field.OptionalFlag("rstrip", false),
            field.OptionalFlag("normalized", !special),
            special);
    }
}
