namespace AwqIlgpu.Tokenization.PreTokenizers;

/// <summary>Splits at the matches of a pattern, or with <paramref name="invert"/> at what lies between them.</summary>
internal sealed class SplitPreTokenizer(TextPattern pattern, SplitBehavior behavior, bool invert = false) : PreTokenizer
{
    public override void Split(Piece piece, List<TextMatch> matches, Action<Piece> next)
    {
        pattern.FindAll(piece.Span, matches);
        var parts = new Parts(piece, behavior, next);
        int end = 0;
        foreach (var match in matches)
        {
            parts.Add(end, match.Start, invert);
            parts.Add(match.Start, match.End, !invert);
            end = match.End;
        }

        parts.Add(end, piece.Length, invert);
        parts.Close();
        matches.Clear();
    }

    /// <summary>Joins neighbouring spans as the behavior says and hands them on.</summary>
    private struct Parts(Piece piece, SplitBehavior behavior, Action<Piece> next)
    {
        // The span that may still grow, and whether its last part was a match.
        private int _start = -1;
        private int _end;
        private bool _endsInMatch;

        public void Add(int start, int end, bool isMatch)
        {
            if (start == end || (behavior == SplitBehavior.Removed && isMatch))
            {
                return;
            }

            bool joins = _start >= 0 && behavior switch
            {
                SplitBehavior.Contiguous => isMatch == _endsInMatch,
                SplitBehavior.MergedWithPrevious => isMatch && !_endsInMatch,
                SplitBehavior.MergedWithNext => !isMatch && _endsInMatch,
                _ => false,
            };
            if (!joins)
            {
                Close();
                _start = start;
            }

            _end = end;
            _endsInMatch = isMatch;
        }

        public void Close()
        {
            if (_start >= 0)
            {
                next(piece.Slice(_start, _end - _start));
                _start = -1;
            }
        }
    }
}
