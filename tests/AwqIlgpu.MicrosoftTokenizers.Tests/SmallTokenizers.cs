using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Microsoft.ML.Tokenizers;

namespace AwqIlgpu.Tests;

/// <summary>Tokenizers of Microsoft.ML.Tokenizers with a vocabulary of bytes and little more.</summary>
internal static class SmallTokenizers
{
    /// <summary>Id i is byte i; <c>ab</c> is 254 and <c>&lt;s&gt;</c> 255, bytes that UTF-8 never has.</summary>
    public static TiktokenTokenizer Tiktoken()
    {
        var ranks = Enumerable.Range(0, 254).Select(id => $"{Convert.ToBase64String([(byte)id])} {id}").Append($"{Convert.ToBase64String("ab"u8)} 254");
        using var file = new MemoryStream(Encoding.ASCII.GetBytes(string.Join('\n', ranks)));
        var special = new Dictionary<string, int> { ["<s>"] = 255 };
        return TiktokenTokenizer.Create(file, SpacedWords(special), normalizer: null, special);
    }

    /// <summary>The same ids; <c>&lt;s&gt;</c> begins a text and <c>&lt;/s&gt;</c>, 253, ends it.</summary>
    public static BpeTokenizer Bpe()
    {
        var special = new Dictionary<string, int> { ["<s>"] = 255, ["</s>"] = 253 };
        return BpeTokenizer.Create(new BpeOptions(ByteLevelVocabulary(("ab", 254), ("<s>", 255), ("</s>", 253)))
        {
            Merges = ["a b"],
            ByteLevel = true,
            PreTokenizer = SpacedWords(special),
            SpecialTokens = special,
            BeginningOfSentenceToken = "<s>",
            EndOfSentenceToken = "</s>",
        });
    }

    /// <summary>The same ids in the files of GPT-2; <c>&lt;|endoftext|&gt;</c>, 253, begins a text.</summary>
    public static CodeGenTokenizer CodeGen()
    {
        using var vocabulary = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(ByteLevelVocabulary(("ab", 254), ("<|endoftext|>", 253))));
        using var merges = new MemoryStream("#version: 0.2\na b"u8.ToArray());
        return CodeGenTokenizer.Create(vocabulary, merges, addPrefixSpace: false, addBeginOfSentence: true);
    }

    /// <summary>As llama's: 0 to 2 are <c>&lt;unk&gt;</c>, <c>&lt;s&gt;</c> and <c>&lt;/s&gt;</c>, then the bytes from 3 on, then ▁, a, b, ▁a, ▁b.</summary>
    public static LlamaTokenizer Llama()
    {
        using var stream = new MemoryStream();
        var model = new CodedOutputStream(stream, leaveOpen: true);
        const int Normal = 1, Unknown = 2, Control = 3, Byte = 6;
        Piece("<unk>", Unknown);
        Piece("<s>", Control);
        Piece("</s>", Control);
        for (int value = 0; value < 256; value++)
        {
            Piece($"<0x{value:X2}>", Byte);
        }

        foreach (string piece in new[] { "\u2581", "a", "b", "\u2581a", "\u2581b" })
        {
            Piece(piece, Normal);
        }

        // trainer_spec: BPE, byte fallback, ids of the special pieces; normalizer_spec: dummy prefix, spaces kept and escaped.
        Message(2, spec => Numbers(spec, (3, 2), (35, 1), (40, 0), (41, 1), (42, 2)));
        Message(3, spec => Numbers(spec, (3, 1), (4, 0), (5, 1)));
        model.Flush();
        stream.Position = 0;
        return LlamaTokenizer.Create(stream);

        void Piece(string text, int type) => Message(1, piece =>
        {
            piece.WriteTag(1, WireFormat.WireType.LengthDelimited);
            piece.WriteString(text);
            piece.WriteTag(2, WireFormat.WireType.Fixed32);
            piece.WriteFloat(type == Normal ? -1 : 0);
            Numbers(piece, (3, type));
        });

        void Message(int field, Action<CodedOutputStream> write)
        {
            using var content = new MemoryStream();
            var output = new CodedOutputStream(content, leaveOpen: true);
            write(output);
            output.Flush();
            model.WriteTag(field, WireFormat.WireType.LengthDelimited);
            model.WriteBytes(ByteString.CopyFrom(content.ToArray()));
        }

        static void Numbers(CodedOutputStream output, params (int Field, int Value)[] numbers)
        {
            foreach (var (field, value) in numbers)
            {
                output.WriteTag(field, WireFormat.WireType.Varint);
                output.WriteInt32(value);
            }
        }
    }

    private static RegexPreTokenizer SpacedWords(Dictionary<string, int> special) => new(new Regex("""\s?\S+|\s+"""), special);

    // The alphabet of GPT-2: visible bytes are themselves, the others follow from U+0100 on.
    private static Dictionary<string, int> ByteLevelVocabulary(params (string Token, int Id)[] further)
    {
        var vocabulary = new Dictionary<string, int>();
        int hidden = 0;
        for (int value = 0; value < 256; value++)
        {
            bool visible = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            string letter = ((char)(visible ? value : 0x100 + hidden++)).ToString();
            if (!further.Any(token => token.Id == value))
            {
                vocabulary[letter] = value;
            }
        }

        foreach (var (token, id) in further)
        {
            vocabulary[token] = id;
        }

        return vocabulary;
    }
}
