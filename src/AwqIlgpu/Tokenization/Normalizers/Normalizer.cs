using AwqIlgpu.Tokenization.Unicode;

namespace AwqIlgpu.Tokenization.Normalizers;

/// <summary>Changes the text between added tokens before it is split into words.</summary>
internal abstract class Normalizer
{
    private const string Supported = "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, ByteLevel";

    public abstract AlignedText Apply(AlignedText text);

    /// <summary>Reads <c>normalizer</c>.</summary>
    /// <exception cref="NotSupportedException">The type is not known.</exception>
    public static Normalizer Read(TokenizerField field)
    {
        string type = field.RequiredText("type");
        return type switch
        {
            "Sequence" => new SequenceNormalizer([.. field.Required("normalizers").Items().Select(Read)]),
            "Prepend" => new PrependNormalizer(field.RequiredText("prepend")),
            "Replace" => new ReplaceNormalizer(TextPattern.Read(field.Required("pattern")), field.RequiredText("content")),
            "NFC" => new UnicodeNormalizer(compatibility: false, compose: true),
            "NFD" => new UnicodeNormalizer(compatibility: false, compose: false),
            "NFKC" => new UnicodeNormalizer(compatibility: true, compose: true),
            "NFKD" => new UnicodeNormalizer(compatibility: true, compose: false),
            "Lowercase" => new LowercaseNormalizer(),
            "Strip" => new StripNormalizer(field.OptionalFlag("strip_left", true), field.OptionalFlag("strip_right", true)),
            "StripAccents" => new StripAccentsNormalizer(),
            "ByteLevel" => new ByteLevelNormalizer(),
            _ => throw field.NotSupported(type, Supported),
        };
    }
}
