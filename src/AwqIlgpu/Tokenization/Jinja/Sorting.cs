namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Stable sorting by Python's order, whose errors must reach the caller as they are; the framework's sorts wrap them.</summary>
internal static class Sorting
{
    public static List<T> Sort<T>(Rendering rendering, IReadOnlyList<T> items, Func<T, object?> key, bool descending)
    {
        var from = items.Select(i => (Key: key(i), Item: i)).ToArray();
        var to = new (object? Key, T Item)[from.Length];
        for (int width = 1; width < from.Length; width *= 2)
        {
            for (int start = 0; start < from.Length; start += 2 * width)
            {
                int middle = Math.Min(start + width, from.Length);
                int end = Math.Min(start + (2 * width), from.Length);
                int left = start;
                int right = middle;
                for (int i = start; i < end; i++)
                {
                    bool takeRight = left == middle || (right < end && Precedes(from[right].Key, from[left].Key));
                    to[i] = from[takeRight ? right++ : left++];
                }
            }

            (from, to) = (to, from);
        }

        return [.. from.Select(p => p.Item)];

        bool Precedes(object? a, object? b) => descending ? PythonComparison.IsLess(rendering, b, a) : PythonComparison.IsLess(rendering, a, b);
    }
}
