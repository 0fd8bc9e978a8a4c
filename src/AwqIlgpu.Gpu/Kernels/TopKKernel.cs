using ILGPU;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>The largest logits of each row with their tokens, largest first, so that sampling needs no copy of the whole vocabulary; with k = 1 the greedy token.</summary>
/// <remarks>
/// <para>Shapes: logits are [rows, vocabulary]; values and tokens are [rows, k].</para>
/// <para>Order: of equal logits the lower token comes first; NaN never comes.</para>
/// <para>Launch: 256 threads a row. Each pass finds the largest of what comes after the last found, so nothing is moved or marked.</para>
/// <para>Limit: the second-level cache; k reads of the row.</para>
/// </remarks>
internal sealed class TopKKernel
{
    private const int Threads = 256;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, ArrayView<float>, ArrayView<int>> _groupPerRow;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public TopKKernel(Accelerator accelerator) =>
        _groupPerRow = accelerator.LoadKernel<ArrayView<float>, int, int, ArrayView<float>, ArrayView<int>>(GroupPerRow);

    /// <summary>The definition in plain C#: one row.</summary>
    /// <param name="logits">[vocabulary].</param>
    /// <param name="tokens">Receives the tokens of the largest logits, [k]; -1 where there are no more.</param>
    public static void Reference(ReadOnlySpan<float> logits, Span<int> tokens)
    {
        float[] values = logits.ToArray();
        tokens.Fill(-1);
        int[] order = [.. Enumerable.Range(0, values.Length).Where(i => !float.IsNaN(values[i])).OrderByDescending(i => values[i]).ThenBy(i => i).Take(tokens.Length)];
        order.CopyTo(tokens);
    }

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="vocabulary">Logits of a row.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="k">How many of each.</param>
    /// <param name="values">Receives the logits, [rows, k]; -infinity where there are no more.</param>
    /// <param name="tokens">Receives the tokens, [rows, k]; -1 where there are no more.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> logits, int vocabulary, int rows, int k, ArrayView<float> values, ArrayView<int> tokens) =>
        _groupPerRow(stream, new KernelConfig(rows, Threads), logits, vocabulary, k, values, tokens);

    private static void GroupPerRow(ArrayView<float> logits, int vocabulary, int k, ArrayView<float> values, ArrayView<int> tokens)
    {
        var bestValues = SharedMemory.Allocate<float>(Threads);
        var bestTokens = SharedMemory.Allocate<int>(Threads);
        long row = (long)Grid.IdxX * vocabulary;
        float lastValue = float.PositiveInfinity;
        int lastToken = -1;
        for (int rank = 0; rank < k; rank++)
        {
            float value = float.NegativeInfinity;
            int token = -1;
            for (int i = Group.IdxX; i < vocabulary; i += Threads)
            {
                float logit = logits[row + i];
                bool isLeft = logit < lastValue || (logit == lastValue && i > lastToken);
                // Of equal ones the first stays, and a lane's tokens ascend.
                if (isLeft && (logit > value || (token < 0 && logit == value)))
                {
                    value = logit;
                    token = i;
                }
            }

            bestValues[Group.IdxX] = value;
            bestTokens[Group.IdxX] = token;
            Group.Barrier();
            for (int half = Threads / 2; half > 0; half /= 2)
            {
                if (Group.IdxX < half)
                {
                    float otherValue = bestValues[Group.IdxX + half];
                    int otherToken = bestTokens[Group.IdxX + half];
                    float ownValue = bestValues[Group.IdxX];
                    int ownToken = bestTokens[Group.IdxX];
                    if (otherToken >= 0 && (ownToken < 0 || otherValue > ownValue || (otherValue == ownValue && otherToken < ownToken)))
                    {
                        bestValues[Group.IdxX] = otherValue;
                        bestTokens[Group.IdxX] = otherToken;
                    }
                }

                Group.Barrier();
            }

            // After the last candidate nothing is left: -infinity with a token beyond all.
            lastValue = bestValues[0];
            lastToken = bestTokens[0] >= 0 ? bestTokens[0] : vocabulary;
            if (Group.IdxX == 0)
            {
                values[(Grid.IdxX * k) + rank] = lastValue;
                tokens[(Grid.IdxX * k) + rank] = bestTokens[0];
            }

            Group.Barrier();
        }
    }
}
