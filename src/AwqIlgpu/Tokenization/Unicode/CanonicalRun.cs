using System.Text;

namespace AwqIlgpu.Tokenization.Unicode;

/// <summary>Normalizes one run of characters: decompose, put marks in canonical order, compose.</summary>
/// <remarks>
/// Each character carries how many source characters it stands for: 1, or 0 for the later parts of a decomposition, or a
/// sum after composing. The reference hands out origins by these counts in order, also where marks have changed places.
/// </remarks>
internal sealed class CanonicalRun(bool compatibility, bool compose)
{
    private readonly List<int> _parts = [];
    private readonly List<Item> _items = [];

    public void Normalize(AlignedText text, int start, int end, AlignedTextBuilder builder)
    {
        _items.Clear();
        for (int i = start; i < end;)
        {
            int codePoint = CodePoints.At(text.Text, i);
            i += CodePoints.Length(codePoint);
            _parts.Clear();
            UnicodeDecompositions.Decompose(codePoint, compatibility, _parts);
            for (int p = 0; p < _parts.Count; p++)
            {
                _items.Add(new Item(_parts[p], UnicodeDecompositions.CombiningClass(_parts[p]), p == 0 ? 1 : 0));
            }
        }

        Reorder();
        if (compose)
        {
            Compose();
        }

        Write(text, start, builder);
    }

    private void Reorder()
    {
        for (int i = 0; i < _items.Count; i++)
        {
            int marks = i;
            while (i < _items.Count && _items[i].Class != 0)
            {
                i++;
            }

            if (i - marks > 1)
            {
                // OrderBy is stable, which canonical order needs.
                var ordered = _items.GetRange(marks, i - marks).OrderBy(item => item.Class).ToArray();
                for (int k = 0; k < ordered.Length; k++)
                {
                    _items[marks + k] = ordered[k];
                }
            }
        }
    }

    private void Compose()
    {
        int written = 0;
        int starter = -1;
        int lastClass = 0;
        for (int i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            // A mark is blocked from its starter by one of the same or a higher class between them, a starter by anything.
            bool adjacent = starter == written - 1;
            if (starter >= 0 && (adjacent || (lastClass != 0 && lastClass < item.Class)) && UnicodeDecompositions.TryCompose(_items[starter].CodePoint, item.CodePoint, out int composed))
            {
                _items[starter] = new Item(composed, 0, _items[starter].Sources + item.Sources);
                continue;
            }

            if (item.Class == 0)
            {
                starter = written;
            }

            lastClass = item.Class;
            _items[written++] = item;
        }

        _items.RemoveRange(written, _items.Count - written);
    }

    private void Write(AlignedText text, int start, AlignedTextBuilder builder)
    {
        Span<char> units = stackalloc char[2];
        int source = start;
        foreach (var item in _items)
        {
            int origin = item.Sources > 0 || source == 0 ? source : source - CodePoints.Length(CodePoints.Before(text.Text, source));
            int count = new Rune(item.CodePoint).EncodeToUtf16(units);
            builder.Add(units[..count], origin, CodePoints.Length(CodePoints.At(text.Text, origin)));
            for (int i = 0; i < item.Sources; i++)
            {
                source += CodePoints.Length(CodePoints.At(text.Text, source));
            }
        }
    }

    /// <param name="CodePoint">The character.</param>
    /// <param name="Class">Its canonical combining class.</param>
    /// <param name="Sources">How many source characters it stands for.</param>
    private readonly record struct Item(int CodePoint, int Class, int Sources);
}
