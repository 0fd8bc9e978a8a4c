using System.Text.RegularExpressions;

namespace AwqIlgpu.Tokenization;

/// <summary>The expressions of the common model families, compiled by the regular expression source generator.</summary>
/// <remarks>
/// The reference's engine folds U+017F (long s) to s where case is ignored; .NET does not, so that letter is written out.
/// Each is tested to match as the original does by way of <see cref="OnigurumaPattern"/>.
/// </remarks>
internal static partial class SplitRegexes
{
    /// <summary>What the ByteLevel step splits by.</summary>
    public const string Gpt2Source = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Qwen 2, 2.5 and 3.</summary>
    public const string QwenSource = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Llama 3.</summary>
    public const string Llama3Source = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Contractions = @"'(?:[sS\u017F]|[tT]|[rR][eE]|[vV][eE]|[mM]|[lL][lL]|[dD])";

    /// <summary>Longest time for one match of an expression that came with a file; the common ones need no limit.</summary>
    public static TimeSpan Timeout { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The generated form of <paramref name="source"/>, or null.</summary>
    public static Regex? Find(string source) => source switch
    {
        Gpt2Source => Gpt2(),
        QwenSource => Qwen(),
        Llama3Source => Llama3(),
        _ => null,
    };

    [GeneratedRegex(Gpt2Source, RegexOptions.CultureInvariant)]
    public static partial Regex Gpt2();

    [GeneratedRegex(Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Qwen();

    [GeneratedRegex(Contractions + @"|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Llama3();
}
