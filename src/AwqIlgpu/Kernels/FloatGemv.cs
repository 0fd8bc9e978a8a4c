using System.Runtime.CompilerServices;

namespace AwqIlgpu.Kernels;

/// <summary>Product of one token's activations with fp16, bf16 or fp32 weights: <see cref="FloatGemm{TLanes, TWeights, TVector}"/> for a lone token, with the same bits.</summary>
/// <remarks>Limit: memory, which a thread reads as <see cref="RowRuns"/>.</remarks>
internal static unsafe class FloatGemv<TLanes, TWeights, TVector>
    where TLanes : struct, ILanes<TVector>
    where TWeights : struct, IFloatWeights
    where TVector : unmanaged
{
    /// <summary>Rows at a time, each of a run of its own.</summary>
    private const int Runs = 4;

    /// <summary>Bytes of a row that are asked for ahead of their use.</summary>
    private const int PrefetchDistance = 2048;

    /// <summary>Computes rows <paramref name="start"/> to <paramref name="end"/> of one token.</summary>
    public static void Run(in LinearCall call, int token, int start, int end)
    {
        float* sums = stackalloc float[Runs];
        int* rows = stackalloc int[Runs];
        var runs = new RowRuns(start, end, 1, Runs);
        for (int i = 0; i < runs.Length; i++)
        {
            for (int run = 0; run < Runs; run++)
            {
                rows[run] = runs.Row(run, i);
            }

            Rows(call, token, rows, sums);
            for (int run = 0; run < Runs; run++)
            {
                call.Store(token, rows[run], sums + run, runs.Count(run, i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Rows(in LinearCall call, int token, int* rows, float* sums)
    {
        byte* w0 = call.Float.Data + (rows[0] * call.Float.RowBytes);
        byte* w1 = call.Float.Data + (rows[1] * call.Float.RowBytes);
        byte* w2 = call.Float.Data + (rows[2] * call.Float.RowBytes);
        byte* w3 = call.Float.Data + (rows[3] * call.Float.RowBytes);
        float* x = call.X + (token * call.XStride);
        var a0 = TLanes.Zero;
        var a1 = TLanes.Zero;
        var a2 = TLanes.Zero;
        var a3 = TLanes.Zero;
        int k = 0;
        for (; k + TLanes.Count <= call.InFeatures; k += TLanes.Count)
        {
            var factor = TLanes.Load(x + k);
            Add(factor, ref w0, ref a0);
            Add(factor, ref w1, ref a1);
            Add(factor, ref w2, ref a2);
            Add(factor, ref w3, ref a3);
        }

        sums[0] = TLanes.Sum(a0);
        sums[1] = TLanes.Sum(a1);
        sums[2] = TLanes.Sum(a2);
        sums[3] = TLanes.Sum(a3);
        for (; k < call.InFeatures; k++)
        {
            sums[0] = MathF.FusedMultiplyAdd(x[k], TWeights.Load(w0), sums[0]);
            sums[1] = MathF.FusedMultiplyAdd(x[k], TWeights.Load(w1), sums[1]);
            sums[2] = MathF.FusedMultiplyAdd(x[k], TWeights.Load(w2), sums[2]);
            sums[3] = MathF.FusedMultiplyAdd(x[k], TWeights.Load(w3), sums[3]);
            w0 += TWeights.Size;
            w1 += TWeights.Size;
            w2 += TWeights.Size;
            w3 += TWeights.Size;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TVector factor, ref byte* weights, ref TVector sum)
    {
        CacheLine.Prefetch(weights + PrefetchDistance);
        sum = TLanes.FusedMultiplyAdd(factor, TWeights.Load<TLanes, TVector>(weights), sum);
        weights += TLanes.Count * TWeights.Size;
    }
}
