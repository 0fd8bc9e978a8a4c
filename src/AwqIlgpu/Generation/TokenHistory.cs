using System.Numerics;

namespace AwqIlgpu.Generation;

/// <summary>How often each token stands in a request's prompt and answer, for the penalties; an open-addressed table in memory that the caller owns.</summary>
internal sealed class TokenHistory
{
    // A slot is [id + 1, count, bits of the logit before the penalties]; the first is 0 where the slot is free.
    private const int SlotInts = 3;

    private readonly Memory<int> _slots;
    private readonly int _mask;
    private readonly int _capacity;
    private int _distinct;

    /// <summary>An empty table.</summary>
    /// <param name="storage">At least <see cref="StorageInts"/> ints; overwritten.</param>
    /// <param name="distinctTokens">The most distinct tokens it has to hold.</param>
    /// <exception cref="ArgumentException">The storage is too small.</exception>
    public TokenHistory(Memory<int> storage, int distinctTokens)
    {
        int needed = StorageInts(distinctTokens);
        if (storage.Length < needed)
        {
            throw new ArgumentException($"The storage has {storage.Length} ints; a history of {distinctTokens} distinct tokens needs {needed}.", nameof(storage));
        }

        _slots = storage[..needed];
        _slots.Span.Clear();
        _mask = (needed / SlotInts) - 1;
        _capacity = distinctTokens;
    }

    /// <summary>Ints of storage for this many distinct tokens: three per slot, slots a power of two and at most half of them used.</summary>
    public static int StorageInts(int distinctTokens) => checked((int)BitOperations.RoundUpToPowerOf2(2 * (uint)Math.Max(1, distinctTokens)) * SlotInts);

    /// <summary>Counts one more of <paramref name="token"/>.</summary>
    /// <exception cref="InvalidOperationException">More distinct tokens than the table was made for.</exception>
    public void Add(int token)
    {
        var slots = _slots.Span;
        int slot = Find(token);
        if (slots[slot] == 0)
        {
            if (_distinct == _capacity)
            {
                throw new InvalidOperationException($"The history holds {_capacity} distinct tokens, as many as it was made for.");
            }

            _distinct++;
            slots[slot] = token + 1;
        }

        slots[slot + 1]++;
    }

    /// <summary>Lowers the logits of the tokens counted so far, in place.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="repetition">Divides a positive logit, multiplies a negative one; 1 changes nothing.</param>
    /// <param name="presence">Subtracted once.</param>
    /// <param name="frequency">Subtracted once for each count.</param>
    public void Penalize(Span<float> logits, float repetition, float presence, float frequency)
    {
        var slots = _slots.Span;
        for (int slot = 0; slot < slots.Length; slot += SlotInts)
        {
            if (slots[slot] == 0)
            {
                continue;
            }

            ref float logit = ref logits[slots[slot] - 1];
            slots[slot + 2] = BitConverter.SingleToInt32Bits(logit);
            logit = logit < 0 ? logit * repetition : logit / repetition;
            logit -= (frequency * slots[slot + 1]) + presence;
        }
    }

    /// <summary>A token's logit as it was before the last <see cref="Penalize"/>.</summary>
    public float Unpenalized(ReadOnlySpan<float> logits, int token)
    {
        int slot = Find(token);
        return _slots.Span[slot] == 0 ? logits[token] : BitConverter.Int32BitsToSingle(_slots.Span[slot + 2]);
    }

    // The slot that holds the token, or the free one where it belongs.
    private int Find(int token)
    {
        var slots = _slots.Span;
        uint hash = unchecked((uint)token * 0x9E3779B9);
        int index = (int)(hash >> 7) & _mask;
        while (slots[index * SlotInts] != 0 && slots[index * SlotInts] != token + 1)
        {
            index = (index + 1) & _mask;
        }

        return index * SlotInts;
    }
}
