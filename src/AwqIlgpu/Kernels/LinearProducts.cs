using System.Runtime.Intrinsics;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;

namespace AwqIlgpu.Kernels;

/// <summary>Runs linear layers on the CPU's threads.</summary>
/// <remarks>
/// Threads take contiguous row tiles, fewer and fewer, over all layers of a call, so q, k and v, or gate and up, cost one dispatch.
/// A token's results depend on neither the number of tokens, nor the other layers, nor the threads. Nothing is allocated.
/// </remarks>
internal static unsafe class LinearProducts
{
    /// <summary>Values that one thread quantises in about the time a dispatch takes.</summary>
    private const int ValuesWorthADispatch = 16 * 1024;

    /// <summary>Parts that a thread finds on average: a thread that is late or slow leaves its share to the others.</summary>
    private const int PartsPerThread = 4;

    /// <summary>Tokens whose products take about as long as reading the weights.</summary>
    private const int TokensPerRead = 4;

    /// <summary>Bytes of workspace for <paramref name="m"/> tokens of <paramref name="k"/> features with groups of <paramref name="groupSize"/>; the largest over its layers serves a <see cref="Run"/>.</summary>
    public static long WorkspaceBytes(int m, int k, int groupSize) => QuantizedActivations.WorkspaceBytes(m, k, groupSize);

    /// <summary>Computes all <paramref name="calls"/>; neighbours with the same x share its quantised form and one dispatch.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="calls">Layers; none reads what another writes.</param>
    /// <param name="precision">How activations enter int4 products; float weights take float activations always.</param>
    /// <param name="path">Instructions to use.</param>
    /// <param name="workspace">64-byte aligned; not used, and may be null, where <paramref name="precision"/> is exact or no layer is int4.</param>
    /// <param name="workspaceBytes">Its size.</param>
    /// <exception cref="ArgumentException">The workspace is too small.</exception>
    public static void Run(CpuThreadPool pool, ReadOnlySpan<LinearCall> calls, Precision precision, CpuPath path, byte* workspace, long workspaceBytes) =>
        RunGrouped(pool, calls, null, 0, precision, path, workspace, workspaceBytes);

    /// <summary>As <see cref="Run"/>, for calls whose tokens are runs of rows of one matrix: its quantised form and the dispatch serve all of them.</summary>
    /// <param name="pool">Threads.</param>
    /// <param name="calls">Layers, each with its own rows of x, all with the matrix's stride; a layer may have none.</param>
    /// <param name="x">First row of the matrix; null where calls have each their own x.</param>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="precision">How activations enter int4 products.</param>
    /// <param name="path">Instructions to use.</param>
    /// <param name="workspace">As for <see cref="Run"/>, for <paramref name="rows"/> tokens.</param>
    /// <param name="workspaceBytes">Its size.</param>
    public static void RunGrouped(CpuThreadPool pool, ReadOnlySpan<LinearCall> calls, float* x, int rows, Precision precision, CpuPath path, byte* workspace, long workspaceBytes)
    {
        fixed (LinearCall* first = calls)
        {
            int i = 0;
            while (i < calls.Length)
            {
                int start = i;
                int leader = -1;
                QuantizedActivations quantized = default;
                for (; i < calls.Length; i++)
                {
                    if (!first[i].IsInt4 || precision == Precision.Exact)
                    {
                        continue;
                    }

                    if (leader < 0)
                    {
                        quantized = Quantize(pool, first[i], x is null ? first[i].X : x, x is null ? first[i].M : rows, workspace, workspaceBytes);
                        leader = i;
                    }
                    else if (!SharesActivations(first[leader], first[i], grouped: x is not null))
                    {
                        break;
                    }
                }

                int parts = pool.ThreadCount == 1 ? 1 : pool.ThreadCount * PartsPerThread;
                var work = new Work(first + start, i - start, x, precision, path, quantized, parts);
                pool.Run(ref work, parts);
            }
        }
    }

    private static bool SharesActivations(in LinearCall left, in LinearCall right, bool grouped) =>
        (grouped || (left.X == right.X && left.M == right.M)) && left.XStride == right.XStride && left.InFeatures == right.InFeatures && left.XFeatures == right.XFeatures
        && left.Int4.Shape.BlockSize == right.Int4.Shape.BlockSize;

    private static QuantizedActivations Quantize(CpuThreadPool pool, in LinearCall call, float* source, int m, byte* workspace, long workspaceBytes)
    {
        int blockSize = call.Int4.Shape.BlockSize;
        long needed = WorkspaceBytes(m, call.InFeatures, blockSize);
        if (workspace is null || (nuint)workspace % 64 != 0 || workspaceBytes < needed)
        {
            throw new ArgumentException($"Linear layer of {m} tokens by {call.InFeatures} features: the workspace has {workspaceBytes} bytes; expected {needed}, 64-byte aligned.", nameof(workspaceBytes));
        }

        var x = new QuantizedActivations(workspace, m, call.InFeatures, blockSize);
        int parts = (int)Math.Min(Math.Min(pool.ThreadCount, m), 1 + ((long)m * call.InFeatures / ValuesWorthADispatch));
        if (parts == 1)
        {
            ActivationQuantizer.Quantize(source, call.XStride, call.XFeatures, x, 0, m);
        }
        else
        {
            var work = new QuantizeWork(source, call.XStride, call.XFeatures, x, parts);
            pool.Run(ref work, parts);
        }

        return x;
    }

    private readonly struct QuantizeWork(float* source, nint stride, int features, QuantizedActivations x, int parts) : IParallelWork
    {
        private readonly float* _source = source;
        private readonly QuantizedActivations _x = x;

        public void Run(int part) =>
            ActivationQuantizer.Quantize(_source, stride, features, _x, (int)((long)_x.M * part / parts), (int)((long)_x.M * (part + 1) / parts));
    }

    private readonly struct Work(LinearCall* calls, int count, float* sharedX, Precision precision, CpuPath path, QuantizedActivations x, int parts) : IParallelWork
    {
        private readonly LinearCall* _calls = calls;
        private readonly float* _sharedX = sharedX;
        private readonly QuantizedActivations _x = x;

        public void Run(int part)
        {
            long total = 0;
            for (int i = 0; i < count; i++)
            {
                total += Tiles(_calls[i]) * TileCost(_calls[i]);
            }

            long from = PartStart(total, part);
            long to = PartStart(total, part + 1);
            long offset = 0;
            for (int i = 0; i < count; i++)
            {
                // A tile belongs to the part in whose range it begins.
                long tiles = Tiles(_calls[i]);
                long cost = TileCost(_calls[i]);
                int start = (int)Math.Clamp((from - offset + cost - 1) / cost, 0, tiles);
                int end = (int)Math.Clamp((to - offset + cost - 1) / cost, 0, tiles);
                if (start < end && _calls[i].M > 0)
                {
                    RunTiles(_calls[i], start, end);
                }

                offset += tiles * cost;
            }
        }

        // Costs of the parts fall in equal steps: the first are long runs of memory, and the last, for which the other threads may have to wait, are short.
        // Equal parts make a decoding step 1.025 times as long, and more of them, equal too, 1.1 times, since a thread starts slowly on each.
        private long PartStart(long total, int part) => total * part * ((2 * parts) + 1 - part) / (parts * (parts + 1));

        private int TileRows(in LinearCall call) => call.IsInt4 ? CpuPaths.TileRows(path) : FloatGemm.TileRows;

        private long Tiles(in LinearCall call) => (call.OutFeatures + TileRows(call) - 1) / TileRows(call);

        // Reading a tile costs about as much as using it for a few tokens.
        private long TileCost(in LinearCall call) =>
            TileRows(call) * (call.IsInt4 ? Math.Max(1, call.InFeatures / 2) : call.Float.RowBytes) * (call.M + TokensPerRead);

        private void RunTiles(in LinearCall call, int start, int end)
        {
            switch (path)
            {
                case CpuPath.Avx512:
                    RunTiles<Lanes512, PairDot512, Vector512<int>>(call, start, end);
                    break;
                case CpuPath.AvxVnni:
                    RunTiles<Lanes256, QuadDot256, Vector256<int>>(call, start, end);
                    break;
                case CpuPath.Avx2:
                    RunTiles<Lanes256, PairDot256, Vector256<int>>(call, start, end);
                    break;
                case CpuPath.ArmDot:
                    RunTiles<Lanes128, QuadDot128, Vector128<int>>(call, start, end);
                    break;
                default:
                    RunTiles<Lanes128, PairDot128, Vector128<int>>(call, start, end);
                    break;
            }
        }

        private void RunTiles<TLanes, TDot, TVector>(in LinearCall call, int start, int end)
            where TLanes : struct, ILanes<TVector>
            where TDot : struct, IInt8Dot<TVector>
            where TVector : unmanaged
        {
            if (call.IsInt4)
            {
                if (precision == Precision.Fast)
                {
                    var x = _sharedX is null ? _x : _x.From((int)((call.X - _sharedX) / call.XStride));
                    Int4Gemm<TLanes, TDot, TVector>.Run(call, x, start, end);
                }
                else
                {
                    Int4ExactGemm<TLanes, TVector>.Run(call, start, end);
                }

                return;
            }

            switch (call.Float.Type)
            {
                case TensorType.Float16:
                    FloatGemm<TLanes, HalfWeights, TVector>.Run(call, start, end);
                    break;
                case TensorType.BFloat16:
                    FloatGemm<TLanes, BFloat16Weights, TVector>.Run(call, start, end);
                    break;
                default:
                    FloatGemm<TLanes, SingleWeights, TVector>.Run(call, start, end);
                    break;
            }
        }
    }
}
