using AwqIlgpu.Tokenization.Normalizers;

namespace AwqIlgpu.Tokenization.PreTokenizers;

/// <summary>GPT-2's step: a leading space if wanted, its regular expression if wanted, then bytes as characters.</summary>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : PreTokenizer
{
    private static readonly SplitPreTokenizer s_words = new(new RegexPattern(SplitRegexes.Gpt2()), SplitBehavior.Isolated);

    public override void Split(Piece piece, List<TextMatch> matches, Action<Piece> next) =>
        SplitText(piece, matches, part => next(MapBytes(part)));

    /// <summary>All but the bytes, which the model maps faster where nothing comes after this step.</summary>
    public void SplitText(Piece piece, List<TextMatch> matches, Action<Piece> next)
    {
        if (addPrefixSpace && piece.Span[0] != ' ')
        {
            var prefixed = PrependNormalizer.Apply(piece.Text.Slice(piece.Start, piece.Length), " ");
            piece = new Piece(prefixed, 0, prefixed.Length);
        }

        if (useRegex)
        {
            s_words.Split(piece, matches, next);
        }
        else
        {
            next(piece);
        }
    }

    public static Piece MapBytes(Piece piece)
    {
        var mapped = ByteAlphabet.Map(piece.Text, piece.Start, piece.Length);
        return new Piece(mapped, 0, mapped.Length);
    }
}
