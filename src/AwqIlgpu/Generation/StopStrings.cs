using System.Text;

namespace AwqIlgpu.Generation;

/// <summary>Finds stop strings in the streamed text of one request, also where they cross the borders of its pieces.</summary>
/// <remarks>
/// The match that ends first counts, of those that end together the one that begins first: the result does not depend on how the text was cut.
/// Work is linear in the text whatever the stop strings are. Source: Aho and Corasick, Efficient string matching, CACM 18(6), 1975.
/// </remarks>
internal sealed class StopStrings
{
    private const int Root = 0;

    // A node is a prefix of a stop string; node 0 is the empty one.
    private readonly Dictionary<(int Node, char Next), int> _children = [];
    private readonly List<int> _depth = [0];

    // The longest proper suffix of the node's prefix that is a node too.
    private readonly List<int> _fallback = [Root];

    // The longest stop string that the node's prefix ends in; null where there is none.
    private readonly List<string?> _ending = [null];
    private readonly StringBuilder _held = new();
    private int _node = Root;

    /// <summary>A matcher for one request.</summary>
    /// <param name="stops">What to stop at; none is fine.</param>
    /// <exception cref="ArgumentException">One of them is empty.</exception>
    public StopStrings(IReadOnlyList<string> stops)
    {
        foreach (string stop in stops)
        {
            if (string.IsNullOrEmpty(stop))
            {
                throw new ArgumentException("A stop string is empty; it would stop every answer before its first token. Leave it out.", nameof(stops));
            }

            Insert(stop);
        }

        LinkFallbacks();
    }

    /// <summary>The stop string that came up; null until then.</summary>
    public string? Match { get; private set; }

    /// <summary>Takes the next piece of text and returns what can be shown: all but the longest end that may begin a stop string. After a match, nothing.</summary>
    public string Feed(string piece)
    {
        if (Match is not null)
        {
            return "";
        }

        for (int i = 0; i < piece.Length; i++)
        {
            _node = Step(_node, piece[i]);
            if (_ending[_node] is { } stop)
            {
                Match = stop;
                _held.Append(piece, 0, i + 1);
                return TakeAllBut(stop.Length);
            }
        }

        if (_held.Length == 0 && _node == Root)
        {
            return piece;
        }

        _held.Append(piece);
        return TakeAllBut(_depth[_node]);
    }

    /// <summary>The text still held when the answer ends without a stop string; after a match, nothing.</summary>
    public string Finish()
    {
        _node = Root;
        return Match is null ? TakeAllBut(0) : "";
    }

    private string TakeAllBut(int kept)
    {
        int taken = _held.Length - kept;
        string text = _held.ToString(0, taken);
        _held.Remove(0, taken);
        return text;
    }

    private int Step(int node, char next)
    {
        int child;
        while (!_children.TryGetValue((node, next), out child))
        {
            if (node == Root)
            {
                return Root;
            }

            node = _fallback[node];
        }

        return child;
    }

    private void Insert(string stop)
    {
        int node = Root;
        foreach (char next in stop)
        {
            if (!_children.TryGetValue((node, next), out int child))
            {
                child = _depth.Count;
                _children.Add((node, next), child);
                _depth.Add(_depth[node] + 1);
                _fallback.Add(Root);
                _ending.Add(null);
            }

            node = child;
        }

        _ending[node] = stop;
    }

    // Shorter prefixes first: a node's fallback is shorter than the node, so it is linked already.
    private void LinkFallbacks()
    {
        foreach (var ((parent, next), child) in _children.OrderBy(edge => _depth[edge.Value]))
        {
            if (parent != Root)
            {
                _fallback[child] = Step(_fallback[parent], next);
            }

            _ending[child] ??= _ending[_fallback[child]];
        }
    }
}
