using AwqIlgpu.Devices;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>The likeliest tokens of rows of logits, best first; one is the arg max. For one the definition is <see cref="TopToken.Of"/>.</summary>
/// <remarks>
/// <para>Math: the k first of a row's tokens ordered by falling logit, then by rising id; <c>log p = logit - log(sum_i exp(logit_i))</c>.</para>
/// <para>Shapes: logits are [rows, vocabulary], the result is [rows, k], k at most the vocabulary.</para>
/// <para>Types: float; sums in float, of 16 terms a thread and then in a tree.</para>
/// <para>
/// Order: a float's bits, turned so that they sort as unsigned, stand above the id's complement in one 64-bit key. The largest key is then the
/// likeliest token, the next likeliest has the largest key below it, and no two keys are equal. NaN sorts above all, so that it is found.
/// </para>
/// <para>Launch: a group of 256 threads for each 4096 tokens of a row keeps them in 16 KiB of shared memory and finds its best k; then a group for each row merges.</para>
/// <para>Limit: memory for k = 1, else k passes over shared memory.</para>
/// </remarks>
internal sealed class TopTokensKernel
{
    private const int Threads = 256;
    private const int PartTokens = 4096;

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<float>, int, int, int, ArrayView<ulong>, ArrayView<float>> _groupPerPart;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<ulong>, ArrayView<float>, int, int, ArrayView<TopToken>> _groupPerRow;

    /// <summary>Compiles the kernels once for <paramref name="accelerator"/>.</summary>
    public TopTokensKernel(Accelerator accelerator)
    {
        _groupPerPart = accelerator.LoadKernel<ArrayView<float>, int, int, int, ArrayView<ulong>, ArrayView<float>>(GroupPerPart);
        _groupPerRow = accelerator.LoadKernel<ArrayView<ulong>, ArrayView<float>, int, int, ArrayView<TopToken>>(GroupPerRow);
    }

    /// <summary>Floats that <see cref="Run"/> needs to work in.</summary>
    public static long WorkspaceFloats(int rows, int vocabulary, int k) => (long)rows * Parts(vocabulary) * ((2 * k) + 1);

    /// <summary>Queues the kernels on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="logits">[rows, vocabulary].</param>
    /// <param name="stride">Floats from one row to the next.</param>
    /// <param name="rows">Rows to do.</param>
    /// <param name="vocabulary">Tokens of a row.</param>
    /// <param name="k">Tokens to find in each.</param>
    /// <param name="top">Receives them, [rows, k].</param>
    /// <param name="workspace"><see cref="WorkspaceFloats"/> from a multiple of 8 bytes on; overwritten.</param>
    public void Run(AcceleratorStream stream, ArrayView<float> logits, int stride, int rows, int vocabulary, int k, ArrayView<TopToken> top, ArrayView<float> workspace)
    {
        int parts = Parts(vocabulary);
        long keyCount = (long)rows * parts * k;
        var keys = workspace.SubView(0, keyCount * 2).Cast<ulong>();
        var sums = workspace.SubView(keyCount * 2, (long)rows * parts);
        _groupPerPart(stream, new KernelConfig(new Index3D(parts, rows, 1), new Index3D(Threads, 1, 1)), logits, stride, vocabulary, k, keys, sums);
        _groupPerRow(stream, new KernelConfig(rows, Threads), keys, sums, parts, k, top);
    }

    private static int Parts(int vocabulary) => (vocabulary + PartTokens - 1) / PartTokens;

    private static void GroupPerPart(ArrayView<float> logits, int stride, int vocabulary, int k, ArrayView<ulong> keys, ArrayView<float> sums)
    {
        var staged = SharedMemory.Allocate<float>(PartTokens);
        var best = SharedMemory.Allocate<ulong>(Threads);
        int first = Grid.IdxX * PartTokens;
        int count = IntrinsicMath.Min(PartTokens, vocabulary - first);
        long row = (long)Grid.IdxY * stride;
        int part = (Grid.IdxY * Grid.DimX) + Grid.IdxX;
        // A thread reads again only what it stored itself.
        for (int i = Group.IdxX; i < count; i += Threads)
        {
            staged[i] = logits[row + first + i];
        }

        ulong bound = ulong.MaxValue;
        for (int place = 0; place < k; place++)
        {
            ulong key = 0;
            for (int i = Group.IdxX; i < count; i += Threads)
            {
                key = Better(key, Key(staged[i], first + i), bound);
            }

            bound = Largest(best, key);
            if (Group.IdxX == 0)
            {
                keys[((long)part * k) + place] = bound;
            }

            if (place == 0)
            {
                float max = Logit(bound);
                float sum = 0;
                for (int i = Group.IdxX; i < count; i += Threads)
                {
                    sum += Weight(staged[i], max);
                }

                sum = GroupSum.Of(SharedMemory.Allocate<float>(Threads), sum, Threads);
                if (Group.IdxX == 0)
                {
                    sums[part] = sum;
                }
            }
        }
    }

    private static void GroupPerRow(ArrayView<ulong> keys, ArrayView<float> sums, int parts, int k, ArrayView<TopToken> top)
    {
        var best = SharedMemory.Allocate<ulong>(Threads);
        int firstPart = Grid.IdxX * parts;
        long first = (long)firstPart * k;
        int count = parts * k;
        ulong bound = ulong.MaxValue;
        float max = 0;
        float logSum = 0;
        for (int place = 0; place < k; place++)
        {
            ulong key = 0;
            for (int i = Group.IdxX; i < count; i += Threads)
            {
                key = Better(key, keys[first + i], bound);
            }

            bound = Largest(best, key);
            if (place == 0)
            {
                max = Logit(bound);
                float sum = 0;
                for (int i = Group.IdxX; i < parts; i += Threads)
                {
                    sum += sums[firstPart + i] * Weight(Logit(keys[first + ((long)i * k)]), max);
                }

                logSum = XMath.Log(GroupSum.Of(SharedMemory.Allocate<float>(Threads), sum, Threads));
            }

            if (Group.IdxX == 0)
            {
                float logit = Logit(bound);
                top[((long)Grid.IdxX * k) + place] = new TopToken { Id = (int)~(uint)bound, Logit = logit, LogProbability = logit - max - logSum };
            }
        }
    }

    private static ulong Better(ulong key, ulong other, ulong bound) => other < bound && other > key ? other : key;

    // Negative infinity weighs nothing, also where it is the largest.
    private static float Weight(float logit, float max) => logit == float.NegativeInfinity ? 0 : XMath.Exp(logit - max);

    private static ulong Key(float logit, int id)
    {
        uint bits = Interop.FloatAsInt(logit);
        uint magnitude = bits & 0x7FFFFFFF;
        // NaN, of either sign, is above all; -0 equals 0.
        uint order = magnitude > 0x7F800000 ? uint.MaxValue
            : magnitude == 0 || bits == magnitude ? magnitude | 0x80000000
            : ~bits;
        return ((ulong)order << 32) | ~(uint)id;
    }

    private static float Logit(ulong key)
    {
        uint order = (uint)(key >> 32);
        return Interop.IntAsFloat(order >= 0x80000000 ? order & 0x7FFFFFFF : ~order);
    }

    private static ulong Largest(ArrayView<ulong> best, ulong key)
    {
        best[Group.IdxX] = key;
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                best[Group.IdxX] = IntrinsicMath.Max(best[Group.IdxX], best[Group.IdxX + half]);
            }

            Group.Barrier();
        }

        ulong largest = best[0];
        Group.Barrier();
        return largest;
    }
}
