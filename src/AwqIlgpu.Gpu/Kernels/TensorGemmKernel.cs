using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Product of many tokens' activations with int4 weights on the tensor cores of CUDA devices; the portable <see cref="GemmKernel{TWeights}"/> is its oracle.</summary>
/// <remarks>
/// <para>Math: <c>y[t,r] = sum_k half(x[t,k]) * half(w[r,k]) + bias[r]</c>.</para>
/// <para>Shapes: x is [tokens, k], y is [tokens, n], the weights are [n, k]; k is a multiple of 8 and each token of x starts at a multiple of 16 bytes.</para>
/// <para>Types: activations and dequantised weights rounded to fp16, held at its largest value; products exact, sums in float.</para>
/// <para>Launch: 256 threads for 64 tokens by 64 rows. Each of eight warps has 16 tokens by 32 rows: four mma.sync.m16n8k16 for twelve loads of a word. Steps of 32 columns, 8 KiB of shared memory.</para>
/// <para>
/// Banks: a row of 32 halves is four chunks of 16 bytes, stored at <c>chunk ^ (row / 2 % 4)</c>: eight rows of one chunk, which a fragment
/// is, and two rows of all chunks, which lanes store together, use each bank once.
/// </para>
/// <para>Limit: shared memory's loads; ldmatrix would take a quarter of them, but ILGPU gives kernels no address of shared memory that PTX could take.</para>
/// <para>Not measured on a GPU. ILGPU keeps the sums, which inline PTX changes, at fixed places of local memory in its PTX; whether they end in registers is up to the driver's compiler.</para>
/// <para>Source: PTX ISA, "Matrix Fragments for mma.m16n8k16 with floating point type".</para>
/// </remarks>
internal sealed class TensorGemmKernel
{
    private const int Threads = 256;
    private const int Tile = 64;
    private const int TileColumns = 32;
    private const int Chunks = TileColumns / 8;
    private const float LargestHalf = 65504;

    private const string MultiplyAdd = "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};";

    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<Float4>, int, int, Int4TileWeights, LinearOutput> _groupPerTile;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public TensorGemmKernel(Accelerator accelerator) =>
        _groupPerTile = accelerator.LoadKernel<ArrayView<Float4>, int, int, Int4TileWeights, LinearOutput>(GroupPerTile);

    /// <summary>Whether a device has these instructions.</summary>
    public static bool IsSupported(Accelerator accelerator) => accelerator is CudaAccelerator cuda && cuda.Architecture >= CudaArchitecture.SM_80;

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait. Parameters as in <see cref="GemmKernel{TWeights}"/>.</summary>
    public void Run(AcceleratorStream stream, ArrayView<float> x, int xStride, int tokens, Int4TileWeights weights, LinearOutput y)
    {
        var grid = new Index3D((weights.Rows + Tile - 1) / Tile, (tokens + Tile - 1) / Tile, 1);
        _groupPerTile(stream, new KernelConfig(grid, new Index3D(Threads, 1, 1)), x.SubView(0, x.Length / 4 * 4).Cast<Float4>(), xStride / 4, tokens, weights, y);
    }

    private static void GroupPerTile(ArrayView<Float4> x, int xStride, int tokens, Int4TileWeights weights, LinearOutput y)
    {
        var stagedX = SharedMemory.Allocate<Words4>(Tile * Chunks); // [token][chunk]
        var stagedWeights = SharedMemory.Allocate<Words4>(Tile * Chunks); // [row][chunk]
        int lane = Group.IdxX % 32;
        int warpToken = Group.IdxX / 32 % 4 * 16;
        int warpRow = Group.IdxX / 128 * 32;
        // Of each 8 rows by 16 columns that a lane's four sums belong to.
        Ref<float> a0 = 0f, a1 = 0f, a2 = 0f, a3 = 0f;
        Ref<float> b0 = 0f, b1 = 0f, b2 = 0f, b3 = 0f;
        Ref<float> c0 = 0f, c1 = 0f, c2 = 0f, c3 = 0f;
        Ref<float> d0 = 0f, d1 = 0f, d2 = 0f, d3 = 0f;
        // A lane's words of a fragment: of x, two tokens eight apart; of the weights, one row of each eight. Two neighbouring columns a word.
        int fragmentToken = warpToken + (lane / 4);
        int fragmentRow = warpRow + (lane / 4);
        int word = lane % 4;
        for (int start = 0; start < weights.Columns; start += TileColumns)
        {
            StageX(x, xStride, tokens, weights.Columns, start, stagedX.Cast<Words2>());
            StageWeights(weights, start, stagedWeights);
            Group.Barrier();
            var wordsX = stagedX.Cast<uint>();
            var wordsOfWeights = stagedWeights.Cast<uint>();
            for (int chunk = 0; chunk < Chunks; chunk += 2)
            {
                Input<uint> t0 = Word(wordsX, fragmentToken, chunk, word), t1 = Word(wordsX, fragmentToken + 8, chunk, word);
                Input<uint> t2 = Word(wordsX, fragmentToken, chunk + 1, word), t3 = Word(wordsX, fragmentToken + 8, chunk + 1, word);
                Input<uint> r0 = Word(wordsOfWeights, fragmentRow, chunk, word), r1 = Word(wordsOfWeights, fragmentRow, chunk + 1, word);
                Input<uint> r2 = Word(wordsOfWeights, fragmentRow + 8, chunk, word), r3 = Word(wordsOfWeights, fragmentRow + 8, chunk + 1, word);
                Input<uint> r4 = Word(wordsOfWeights, fragmentRow + 16, chunk, word), r5 = Word(wordsOfWeights, fragmentRow + 16, chunk + 1, word);
                Input<uint> r6 = Word(wordsOfWeights, fragmentRow + 24, chunk, word), r7 = Word(wordsOfWeights, fragmentRow + 24, chunk + 1, word);
                CudaAsm.EmitRef(MultiplyAdd, ref a0, ref a1, ref a2, ref a3, ref t0, ref t1, ref t2, ref t3, ref r0, ref r1);
                CudaAsm.EmitRef(MultiplyAdd, ref b0, ref b1, ref b2, ref b3, ref t0, ref t1, ref t2, ref t3, ref r2, ref r3);
                CudaAsm.EmitRef(MultiplyAdd, ref c0, ref c1, ref c2, ref c3, ref t0, ref t1, ref t2, ref t3, ref r4, ref r5);
                CudaAsm.EmitRef(MultiplyAdd, ref d0, ref d1, ref d2, ref d3, ref t0, ref t1, ref t2, ref t3, ref r6, ref r7);
            }

            Group.Barrier();
        }

        int token = (Grid.IdxY * Tile) + warpToken + (lane / 4);
        int row = (Grid.IdxX * Tile) + warpRow + (lane % 4 * 2);
        Store(y, tokens, weights.Rows, token, row, a0.Value, a1.Value, a2.Value, a3.Value);
        Store(y, tokens, weights.Rows, token, row + 8, b0.Value, b1.Value, b2.Value, b3.Value);
        Store(y, tokens, weights.Rows, token, row + 16, c0.Value, c1.Value, c2.Value, c3.Value);
        Store(y, tokens, weights.Rows, token, row + 24, d0.Value, d1.Value, d2.Value, d3.Value);
    }

    private static uint Word(ArrayView<uint> staged, int row, int chunk, int word) => staged[(Place(row, chunk) * 4) + word];

    private static int Place(int row, int chunk) => (row * Chunks) + (chunk ^ (row / 2 % 4));

    // Eight lanes read the 32 columns of a token, 16 bytes each, and store half a chunk.
    private static void StageX(ArrayView<Float4> x, int xStride, int tokens, int columns, int start, ArrayView<Words2> staged)
    {
        for (int i = Group.IdxX; i < Tile * TileColumns / 4; i += Threads)
        {
            int quad = i % (TileColumns / 4);
            int tokenInTile = i / (TileColumns / 4);
            int token = (Grid.IdxY * Tile) + tokenInTile;
            bool exists = token < tokens && start + (quad * 4) < columns;
            var value = exists ? x[((long)token * xStride) + (start / 4) + quad] : default;
            staged[(Place(tokenInTile, quad / 2) * 2) + (quad % 2)] = Pack(value);
        }
    }

    // A thread reads eight columns of a row; neighbouring lanes have neighbouring rows.
    private static void StageWeights(Int4TileWeights weights, int start, ArrayView<Words4> staged)
    {
        int rowInTile = (Group.IdxX % 32) + (Group.IdxX / 128 * 32);
        int chunk = Group.IdxX / 32 % Chunks;
        int row = (Grid.IdxX * Tile) + rowInTile;
        bool exists = row < weights.Rows && start + (chunk * 8) < weights.Columns;
        var value = exists ? weights.Load(row, (start / 8) + chunk) : default;
        var low = Pack(value.Low);
        var high = Pack(value.High);
        staged[Place(rowInTile, chunk)] = new Words4 { A = low.A, B = low.B, C = high.A, D = high.B };
    }

    private static Words2 Pack(Float4 value) => new() { A = Pair(value.A, value.B), B = Pair(value.C, value.D) };

    private static uint Pair(float low, float high) => Half(low) | (Half(high) << 16);

    private static uint Half(float value) => Interop.FloatAsInt((ILGPU.Half)IntrinsicMath.Max(-LargestHalf, IntrinsicMath.Min(value, LargestHalf)));

    private static void Store(LinearOutput y, int tokens, int rows, int token, int row, float first, float second, float lowerFirst, float lowerSecond)
    {
        StoreOne(y, tokens, rows, token, row, first);
        StoreOne(y, tokens, rows, token, row + 1, second);
        StoreOne(y, tokens, rows, token + 8, row, lowerFirst);
        StoreOne(y, tokens, rows, token + 8, row + 1, lowerSecond);
    }

    private static void StoreOne(LinearOutput y, int tokens, int rows, int token, int row, float sum)
    {
        if (token < tokens && row < rows)
        {
            y.Store(token, row, sum);
        }
    }
}
