using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AwqIlgpu.Models;

/// <summary>Random 64-bit words as fast as memory takes them: four xorshift generators side by side.</summary>
/// <remarks>Source: Marsaglia, Xorshift RNGs, 2003, the triple 13, 7, 17. Good enough for weights that nobody trained; not for sampling.</remarks>
internal sealed class WordGenerator
{
    private Vector256<ulong> _state;

    /// <param name="seed">The same seed gives the same words.</param>
    public WordGenerator(ulong seed) =>
        _state = Vector256.Create(seed + 1, seed + 0x9E3779B97F4A7C15, seed ^ 0xD1B54A32D192ED03, seed ^ 0x8CB92BA72F3D8DD7);

    /// <summary>Fills a span with <c>random &amp; keep | set</c>.</summary>
    public void Fill(Span<ulong> words, ulong keep, ulong set)
    {
        var state = _state;
        var kept = Vector256.Create(keep);
        var added = Vector256.Create(set);
        var whole = MemoryMarshal.Cast<ulong, Vector256<ulong>>(words);
        for (int i = 0; i < whole.Length; i++)
        {
            state = Next(state);
            whole[i] = (state & kept) | added;
        }

        state = Next(state);
        for (int i = whole.Length * Vector256<ulong>.Count; i < words.Length; i++)
        {
            words[i] = (state[i % Vector256<ulong>.Count] & keep) | set;
        }

        _state = state;
    }

    private static Vector256<ulong> Next(Vector256<ulong> state)
    {
        state ^= state << 13;
        state ^= state >>> 7;
        return state ^ (state << 17);
    }
}
