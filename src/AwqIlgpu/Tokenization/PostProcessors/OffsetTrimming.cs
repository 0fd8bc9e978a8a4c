namespace AwqIlgpu.Tokenization.PostProcessors;

/// <summary>Takes the white space at the ends of a byte-level token out of its offsets; the ids stay.</summary>
internal sealed class OffsetTrimming(bool addPrefixSpace) : PostProcessor
{
    // A space in the byte alphabet.
    private const char Space = '\u0120';

    public override void Apply(EncodedText encoded, bool addSpecialTokens, Func<int, string?> tokens)
    {
        for (int i = 0; i < encoded.Offsets?.Count; i++)
        {
            string token = tokens(encoded.Ids[i]) ?? "";
            var (start, end) = encoded.Offsets[i];
            int leading = token.TakeWhile(IsSpace).Count();
            int trailing = token.Reverse().TakeWhile(IsSpace).Count();

            // One space before the first word is the prefix that the tokenizer may have added itself.
            if (leading == 1 && addPrefixSpace && (i == 0 || start == 0))
            {
                leading = 0;
            }

            start = Math.Min(start + leading, end);
            if (trailing > 0 && end >= trailing)
            {
                end = Math.Max(end - trailing, start);
            }

            encoded.Offsets[i] = new TextMatch(start, end);
        }
    }

    private static bool IsSpace(char character) => character == Space || char.IsWhiteSpace(character);
}
