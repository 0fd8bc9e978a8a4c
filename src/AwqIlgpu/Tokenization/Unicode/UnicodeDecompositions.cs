using System.IO.Compression;

namespace AwqIlgpu.Tokenization.Unicode;

/// <summary>Decompositions, compositions and combining classes of single code points. Source: Unicode Standard Annex 15 and section 3.12 for Hangul.</summary>
/// <remarks>The runtime's own normalization does nothing under invariant globalization, which the product runs with.</remarks>
internal static partial class UnicodeDecompositions
{
    private const int NeverComposed = 255;
    private const int HangulBase = 0xAC00;
    private const int HangulCount = 11172;
    private const int LeadBase = 0x1100;
    private const int LeadCount = 19;
    private const int VowelBase = 0x1161;
    private const int VowelCount = 21;
    private const int TrailBase = 0x11A7;
    private const int TrailCount = 28;

    private static readonly Dictionary<int, byte> s_classes = [];
    private static readonly Dictionary<int, int[]> s_canonical = [];
    private static readonly Dictionary<int, int[]> s_compatible = [];
    private static readonly Dictionary<(int First, int Second), int> s_compositions = [];

    static UnicodeDecompositions()
    {
        using var packed = new MemoryStream(Convert.FromBase64String(PackedData));
        using var inflated = new DeflateStream(packed, CompressionMode.Decompress);
        using var data = new BufferedStream(inflated);
        int codePoint = 0;
        while (TryReadInteger(data, out int distance))
        {
            codePoint += distance;
            int combiningClass = ReadInteger(data);
            if (combiningClass != 0)
            {
                s_classes.Add(codePoint, (byte)combiningClass);
            }

            int canonical = ReadInteger(data);
            bool composes = canonical != NeverComposed;
            canonical = composes ? canonical : ReadInteger(data);
            int compatible = ReadInteger(data);
            var parts = new int[canonical + compatible];
            for (int i = 0; i < parts.Length; i++)
            {
                parts[i] = ReadInteger(data);
            }

            if (parts.Length > 0)
            {
                (canonical > 0 ? s_canonical : s_compatible).Add(codePoint, parts);
            }

            if (canonical == 2 && composes)
            {
                s_compositions.Add((parts[0], parts[1]), codePoint);
            }
        }
    }

    /// <summary>Characters of the basic plane that a normalization form may change or join with the one before them; half surrogates too.</summary>
    /// <param name="compatibility">Whether the form is NFKC or NFKD.</param>
    /// <param name="compose">Whether the form is NFC or NFKC.</param>
    public static IEnumerable<char> Changing(bool compatibility, bool compose)
    {
        var seconds = s_compositions.Keys.Select(pair => pair.Second).ToHashSet();
        var composed = s_compositions.Values.ToHashSet();
        for (int c = 0; c <= char.MaxValue; c++)
        {
            bool decomposes = s_canonical.ContainsKey(c) || (uint)(c - HangulBase) < HangulCount;
            bool staysComposed = compose && !compatibility && (composed.Contains(c) || (uint)(c - HangulBase) < HangulCount);
            bool joins = seconds.Contains(c) || (uint)(c - VowelBase) < VowelCount || (uint)(c - TrailBase) < TrailCount;
            if ((decomposes && !staysComposed) || (compatibility && s_compatible.ContainsKey(c)) || (compose && joins) || s_classes.ContainsKey(c) || char.IsSurrogate((char)c))
            {
                yield return (char)c;
            }
        }
    }

    /// <summary>The canonical combining class; 0 for a starter.</summary>
    public static int CombiningClass(int codePoint) => s_classes.GetValueOrDefault(codePoint);

    /// <summary>Adds the full decomposition of <paramref name="codePoint"/>, itself where it has none.</summary>
    public static void Decompose(int codePoint, bool compatibility, List<int> parts)
    {
        int syllable = codePoint - HangulBase;
        if ((uint)syllable < HangulCount)
        {
            parts.Add(LeadBase + (syllable / (VowelCount * TrailCount)));
            parts.Add(VowelBase + (syllable % (VowelCount * TrailCount) / TrailCount));
            if (syllable % TrailCount != 0)
            {
                parts.Add(TrailBase + (syllable % TrailCount));
            }
        }
        else if (s_canonical.TryGetValue(codePoint, out int[]? steps) || (compatibility && s_compatible.TryGetValue(codePoint, out steps)))
        {
            foreach (int step in steps)
            {
                Decompose(step, compatibility, parts);
            }
        }
        else
        {
            parts.Add(codePoint);
        }
    }

    /// <summary>The one code point that two neighbours compose to.</summary>
    public static bool TryCompose(int first, int second, out int composed)
    {
        int lead = first - LeadBase;
        int vowel = second - VowelBase;
        if ((uint)lead < LeadCount && (uint)vowel < VowelCount)
        {
            composed = HangulBase + (((lead * VowelCount) + vowel) * TrailCount);
            return true;
        }

        int syllable = first - HangulBase;
        int trail = second - TrailBase;
        if ((uint)syllable < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount)
        {
            composed = first + trail;
            return true;
        }

        return s_compositions.TryGetValue((first, second), out composed);
    }

    private static int ReadInteger(Stream data) => TryReadInteger(data, out int value) ? value : throw new InvalidOperationException("The packed decompositions end early.");

    private static bool TryReadInteger(Stream data, out int value)
    {
        value = 0;
        for (int shift = 0; ; shift += 7)
        {
            int next = data.ReadByte();
            if (next < 0)
            {
                return false;
            }

            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }
    }
}
