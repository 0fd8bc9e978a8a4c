using System.Runtime.InteropServices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Generation;

/// <summary>The tokens that top-k, top-p and min-p leave to draw from.</summary>
/// <remarks>
/// <para>The weight of a token is exp((logit - max) / temperature); its probability is the weight over the sum of weights.</para>
/// <para>top-k keeps logits not below the k-th largest. top-p keeps the largest tokens until their weights reach p of the sum over what top-k
/// left (ties: lowest id first). min-p keeps weights not below minP, the largest weight being 1. Temperature keeps the order, so it may come after top-k.</para>
/// <para>A full sort is never needed: top-k selects with a heap of k; top-p adds weights up in buckets and takes only those of the bucket in which p is reached off a heap.</para>
/// </remarks>
internal readonly struct CandidateFilter(double inverseTemperature, int topK, double topP, double minP)
{
    // Buckets of top-p by (max - logit) / temperature; what lies 32 or more below the largest shares the last one.
    private const int Buckets = 2048;
    private const int BucketsPerUnit = 64;

    /// <summary>Whether every token stays.</summary>
    public bool KeepsAll => topK == 0 && topP == 1 && minP == 0;

    /// <summary>The kept ids, ascending, in the first part of <paramref name="ids"/>; never none.</summary>
    /// <param name="logits">[vocabulary], none NaN.</param>
    /// <param name="max">The largest logit, finite.</param>
    /// <param name="ids">Workspace, [vocabulary]; overwritten.</param>
    public Span<int> Keep(ReadOnlySpan<float> logits, float max, Span<int> ids)
    {
        // Masked tokens, at negative infinity, are never kept.
        float threshold = topK > 0 && topK < logits.Length ? KthLargest(logits, topK, MemoryMarshal.Cast<int, float>(ids)) : float.MinValue;
        threshold = MathF.Max(threshold, float.MinValue);
        int last = topP < 1 ? LastOfMass(logits, max, threshold, ids) : -1;
        double lowest = minP > 0 ? Math.Log(minP) : double.NegativeInfinity;
        int count = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (logits[id] >= threshold && Exponent(logits[id], max) >= lowest && (last < 0 || !Precedes(logits, last, id)))
            {
                ids[count++] = id;
            }
        }

        return ids[..count];
    }

    private double Exponent(float logit, float max) => ((double)logit - max) * inverseTemperature;

    private int Bucket(float logit, float max) => (int)Math.Min(-Exponent(logit, max) * BucketsPerUnit, Buckets - 1);

    // The token with which the weights, largest first, reach topP of their sum.
    private int LastOfMass(ReadOnlySpan<float> logits, float max, float threshold, Span<int> workspace)
    {
        Span<double> sums = stackalloc double[Buckets];
        sums.Clear();
        foreach (float logit in logits)
        {
            if (logit >= threshold)
            {
                sums[Bucket(logit, max)] += LogSumExp.Exp(Exponent(logit, max));
            }
        }

        double total = 0;
        foreach (double sum in sums)
        {
            total += sum;
        }

        double mass = topP * total;
        double reached = 0;
        int crossing = 0;
        while (reached + sums[crossing] < mass && crossing < Buckets - 1)
        {
            reached += sums[crossing++];
        }

        int count = 0;
        for (int id = 0; id < logits.Length; id++)
        {
            if (logits[id] >= threshold && Bucket(logits[id], max) == crossing)
            {
                workspace[count++] = id;
            }
        }

        // Rounding can carry the search into a last bucket that is empty: then nothing is dropped.
        return count == 0 ? -1 : LastOfHeap(logits, max, workspace[..count], mass - reached);
    }

    private int LastOfHeap(ReadOnlySpan<float> logits, float max, Span<int> heap, double mass)
    {
        for (int parent = (heap.Length / 2) - 1; parent >= 0; parent--)
        {
            SiftDown(logits, heap, parent);
        }

        double sum = LogSumExp.Exp(Exponent(logits[heap[0]], max));
        while (sum < mass && heap.Length > 1)
        {
            heap[0] = heap[^1];
            heap = heap[..^1];
            SiftDown(logits, heap, 0);
            sum += LogSumExp.Exp(Exponent(logits[heap[0]], max));
        }

        return heap[0];
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
