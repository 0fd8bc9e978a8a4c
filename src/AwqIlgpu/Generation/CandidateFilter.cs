using System.Runtime.InteropServices;

namespace AwqIlgpu.Generation;

/// <summary>The tokens that top-k, top-p and min-p leave to draw from.</summary>
/// <remarks>
/// <para>The weight of a token is exp((logit - max) / temperature); its probability is the weight over the sum of weights.</para>
/// <para>top-k keeps logits not below the k-th largest. top-p keeps the largest tokens until their weights reach p of the sum over what top-k
/// left (ties: lowest id first). min-p keeps weights not below minP, the largest weight being 1. Temperature keeps the order, so it may come after top-k.</para>
/// <para>A full sort is never needed: top-k selects with a heap of k, and top-p takes tokens off a heap until p is reached.</para>
/// </remarks>
internal readonly struct CandidateFilter(double inverseTemperature, int topK, double topP, double minP)
{
    /// <summary>Whether every token stays.</summary>
    public bool KeepsAll => topK == 0 && topP == 1 && minP == 0;

    /// <summary>The kept ids, in a fixed order, in a part of <paramref name="ids"/>; never none.</summary>
    /// <param name="logits">[vocabulary], none NaN.</param>
    /// <param name="max">The largest logit, finite.</param>
    /// <param name="ids">Workspace, [vocabulary]; overwritten.</param>
    public Span<int> Keep(ReadOnlySpan<float> logits, float max, Span<int> ids)
    {
        bool selects = topK > 0 && topK < logits.Length;
        float threshold = selects ? KthLargest(logits, topK, MemoryMarshal.Cast<int, float>(ids)) : float.NegativeInfinity;
        double lowest = minP > 0 ? Math.Log(minP) : double.NegativeInfinity;
        double total = 0;
        if (topP < 1)
        {
            total = selects ? SumFrom(logits, max, threshold) : LogSumExp.Sum(logits, max, inverseTemperature);

            // All weights below half of (1 - p) * total / n add up to less than (1 - p) * total, so top-p drops them: they need not enter the heap.
            lowest = Math.Max(lowest, Math.Log((1 - topP) * total / (2.0 * logits.Length)));
        }

        int count = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            float logit = logits[id];
            if (logit >= threshold && logit > float.NegativeInfinity && ((double)logit - max) * inverseTemperature >= lowest)
            {
                ids[count++] = id;
            }
        }

        return topP < 1 ? KeepMass(logits, max, ids[..count], topP * total) : ids[..count];
    }

    private double SumFrom(ReadOnlySpan<float> logits, float max, float threshold)
    {
        double sum = 0;
        foreach (float logit in logits)
        {
            if (logit >= threshold)
            {
                sum += LogSumExp.Exp(((double)logit - max) * inverseTemperature);
            }
        }

        return sum;
    }

    // Moves the largest from the top of the heap to its end, as in heap sort, until their weights reach the mass.
    private Span<int> KeepMass(ReadOnlySpan<float> logits, float max, Span<int> ids, double mass)
    {
        for (int parent = (ids.Length / 2) - 1; parent >= 0; parent--)
        {
            SiftDown(logits, ids, parent);
        }

        int rest = ids.Length;
        double sum = 0;
        do
        {
            rest--;
            (ids[0], ids[rest]) = (ids[rest], ids[0]);
            SiftDown(logits, ids[..rest], 0);
            sum += LogSumExp.Exp(((double)logits[ids[rest]] - max) * inverseTemperature);
        }
        while (rest > 0 && sum < mass);

        return ids[rest..];
    }

    private static void SiftDown(ReadOnlySpan<float> logits, Span<int> ids, int parent)
    {
        while ((2 * parent) + 1 < ids.Length)
        {
            int child = (2 * parent) + 1;
            if (child + 1 < ids.Length && Precedes(logits, ids[child + 1], ids[child]))
            {
                child++;
            }

            if (!Precedes(logits, ids[child], ids[parent]))
            {
                return;
            }

            (ids[parent], ids[child]) = (ids[child], ids[parent]);
            parent = child;
        }
    }

    private static bool Precedes(ReadOnlySpan<float> logits, int a, int b) => logits[a] > logits[b] || (logits[a] == logits[b] && a < b);

    // The heap holds the k largest so far, the smallest of them on top.
    private static float KthLargest(ReadOnlySpan<float> logits, int k, Span<float> workspace)
    {
        var heap = workspace[..k];
        logits[..k].CopyTo(heap);
        for (int parent = (k / 2) - 1; parent >= 0; parent--)
        {
            SiftDown(heap, parent);
        }

        foreach (float logit in logits[k..])
        {
            if (logit > heap[0])
            {
                heap[0] = logit;
                SiftDown(heap, 0);
            }
        }

        return heap[0];
    }

    private static void SiftDown(Span<float> heap, int parent)
    {
        while ((2 * parent) + 1 < heap.Length)
        {
            int child = (2 * parent) + 1;
            if (child + 1 < heap.Length && heap[child + 1] < heap[child])
            {
                child++;
            }

            if (heap[child] >= heap[parent])
            {
                return;
            }

            (heap[parent], heap[child]) = (heap[child], heap[parent]);
            parent = child;
        }
    }
}
