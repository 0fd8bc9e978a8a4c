namespace AwqIlgpu.Devices;

/// <summary>The order of tokens' copies by expert.</summary>
internal static class ExpertOrder
{
    /// <summary>Counting sort: tokens of an expert stay in order.</summary>
    /// <param name="chosen">Expert of each copy, [copies].</param>
    /// <param name="places">Receives each copy's row among all, [copies].</param>
    /// <param name="starts">Receives the first row of each expert, and the end, [experts + 1].</param>
    public static void Sort(ReadOnlySpan<int> chosen, Span<int> places, Span<int> starts)
    {
        // First the number of copies before each expert, then every copy's place.
        starts.Clear();
        foreach (int expert in chosen)
        {
            starts[expert + 1]++;
        }

        for (int e = 0; e < starts.Length - 1; e++)
        {
            starts[e + 1] += starts[e];
        }

        for (int i = 0; i < chosen.Length; i++)
        {
            places[i] = starts[chosen[i]]++;
        }

        // Every start has moved to the next expert's.
        starts[..^1].CopyTo(starts[1..]);
        starts[0] = 0;
    }
}
