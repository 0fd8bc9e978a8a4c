using AwqIlgpu.Tokenization.PreTokenizers;

namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Reads <c>decoder</c> of tokenizer.json.</summary>
internal static class DecoderReader
{
    private const string Supported = "Sequence, ByteLevel, ByteFallback, Replace, Fuse, Strip, Metaspace, BPEDecoder";

    /// <exception cref="NotSupportedException">The type is not known.</exception>
    public static DecoderFactory Read(TokenizerField? decoder)
    {
        if (decoder is not { } field)
        {
            return (next, _) => new SpaceJoinStep(next);
        }

        string type = field.RequiredText("type");
        switch (type)
        {
            case "Sequence":
                var factories = field.Required("decoders").Items().Select(item => Read(item)).Reverse().ToArray();
                return (next, streaming) => factories.Aggregate(next, (step, factory) => factory(step, streaming));
            case "ByteLevel":
                return (next, _) => new ByteLevelStep(next);
            case "ByteFallback":
                return (next, streaming) => new ByteFallbackStep(next, streaming);
            case "Fuse":
                return (next, _) => new FuseStep(next);
            case "Replace":
                var pattern = TextPattern.Read(field.Required("pattern"));
                string content = field.RequiredText("content");
                return (next, _) => new ReplaceStep(next, pattern, content);
            case "Strip":
                char stripped = field.RequiredText("content") is [var single] ? single : throw field.Invalid("has a content that is not one character.");
                int start = field.Required("start").Number();
                int stop = field.Required("stop").Number();
                return (next, _) => new StripStep(next, stripped, start, stop);
            case "Metaspace":
                string replacement = MetaspacePreTokenizer.ReadReplacement(field);
                bool dropsFirst = MetaspacePreTokenizer.ReadScheme(field) != PrependScheme.Never;
                return (next, _) => new MetaspaceStep(next, replacement, dropsFirst);
            case "BPEDecoder":
                string suffix = field.OptionalText("suffix", "</w>");
                return (next, _) => new SuffixStep(next, suffix);
            default:
                throw field.NotSupported(type, Supported);
        }
    }
}
