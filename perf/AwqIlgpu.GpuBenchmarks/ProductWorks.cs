using AwqIlgpu.Checkpoints;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using ILGPU.Runtime;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>The products with weights: few tokens, many tokens, experts, head.</summary>
internal sealed class ProductWorks(Accelerator accelerator, bool smoke)
{
    private const int GroupSize = 128;
    private const int SmokeGroupSize = 32;
    private const int Experts = 8;
    private const int ExpertsPerToken = 2;

    private readonly Int4GemvKernel _int4Gemv = new(accelerator);
    private readonly GemmKernel<Int4TileWeights> _int4Gemm = new(accelerator);
    private readonly TensorGemmKernel? _tensorGemm = TensorGemmKernel.IsSupported(accelerator) ? new TensorGemmKernel(accelerator) : null;
    private readonly FloatGemvKernel _floatGemv = new(accelerator);
    private readonly GemmKernel<FloatTileWeights> _floatGemm = new(accelerator);
    private readonly RoutingKernel _routing = new(accelerator);
    private readonly ExpertOrderKernel _expertOrder = new(accelerator);
    private readonly ExpertGemmKernel _expertGemm = new(accelerator);

    private AcceleratorStream Stream => accelerator.DefaultStream;

    public IEnumerable<Work> Of(LayerSizes sizes)
    {
        int[] few = [1, 2, 4, 8];
        foreach (var (name, n, k) in sizes.Linears)
        {
            using var memory = new DeviceMemory(accelerator, smoke);
            var shape = new Int4Shape(n, k, smoke ? SmokeGroupSize : GroupSize, TensorType.Float16);
            Int4View[] weights = [.. memory.Copies(shape.ByteCount).Select(copy => new Int4View(shape, copy))];
            var x = memory.Of<float>((long)sizes.Chunk * k);
            var y = new LinearOutput(memory.Of<float>((long)sizes.Chunk * n), n, default, false);
            var parts = memory.Of<float>(Int4GemvKernel.WorkspaceFloats(shape));
            Work Product(string kernel, int m, Action<int> launch) => new(kernel, $"{name} [{n}, {k}], m={m}", shape.ByteCount + (m * (n + k) * (long)sizeof(float)), 2.0 * m * n * k, launch) { Product = (m, n, k) };
            foreach (int m in few)
            {
                yield return Product("Int4Gemv", m, i => _int4Gemv.Run(Stream, x, k, m, weights[i % weights.Length], y, parts));
            }

            yield return Product("Int4Gemm", sizes.Chunk, i => _int4Gemm.Run(Stream, x, k, sizes.Chunk, new Int4TileWeights(weights[i % weights.Length]), y));
            if (_tensorGemm is not null)
            {
                yield return Product("TensorGemm", sizes.Chunk, i => _tensorGemm.Run(Stream, x, k, sizes.Chunk, new Int4TileWeights(weights[i % weights.Length]), y));
            }
        }

        foreach (var work in Head(sizes).Concat(Mixture(sizes, 1)).Concat(Mixture(sizes, sizes.Chunk)))
        {
            yield return work;
        }
    }

    private IEnumerable<Work> Head(LayerSizes sizes)
    {
        using var memory = new DeviceMemory(accelerator, smoke);
        var (n, k) = (sizes.Vocabulary, sizes.Hidden);
        FloatView[] head = [.. memory.Copies((long)n * k * sizes.HeadType.Size()).Select(copy => new FloatView(n, k, sizes.HeadType, copy))];
        const int Many = 64;
        var x = memory.Of<float>(Many * k);
        var y = new LinearOutput(memory.Of<float>((long)Many * n), n, default, false);
        Work Product(string kernel, int m, Action<int> launch) =>
            new(kernel, $"lm_head [{n}, {k}] {sizes.HeadType}, m={m}", ((long)n * k * sizes.HeadType.Size()) + (m * (long)(n + k) * sizeof(float)), 2.0 * m * n * k, launch) { Product = (m, n, k) };
        yield return Product("FloatGemv", 1, i => _floatGemv.Run(Stream, x, k, 1, head[i % head.Length], y));
        yield return Product("FloatGemv", 8, i => _floatGemv.Run(Stream, x, k, 8, head[i % head.Length], y));
        yield return Product("FloatGemm", Many, i => _floatGemm.Run(Stream, x, k, Many, new FloatTileWeights(head[i % head.Length]), y));
    }

    // As if each feed-forward network were a mixture of eight of its size, of which a token has two.
    private IEnumerable<Work> Mixture(LayerSizes sizes, int tokens)
    {
        using var memory = new DeviceMemory(accelerator, smoke);
        var (n, k, copies) = (sizes.Intermediate, sizes.Hidden, tokens * ExpertsPerToken);
        var shape = new Int4Shape(n, k, smoke ? SmokeGroupSize : GroupSize, TensorType.Float16);
        long distance = Int4Shape.Align(shape.ByteCount);
        Int4View[] weights = [.. memory.Copies(Experts * distance).Select(copy => new Int4View(shape, copy))];
        int tileRows = tokens == 1 ? 1 : ExpertGemmKernel.TileRows(copies, Experts);
        var tiles = memory.Of<ExpertTile>(ExpertOrderKernel.MostTiles(copies, Experts, tileRows));
        var logits = memory.Of<float>(tokens * Experts);
        var chosen = memory.Of<int>(copies);
        var places = memory.Of<int>(copies);
        var factors = memory.Of<float>(copies);
        var rule = new RoutingRule(ExpertsPerToken, RouterScore.Softmax, Normalize: true);
        string shapeText = $"{Experts} experts [{n}, {k}], {tokens} tokens x {ExpertsPerToken}";
        yield return new Work("Routing", $"{tokens} tokens, {Experts} experts", (long)sizeof(float) * tokens * (Experts + (2 * ExpertsPerToken)), 0, _ => _routing.Run(Stream, rule, Experts, logits, Experts, default, tokens, chosen, factors));
        yield return new Work("ExpertOrder", $"{copies} copies, {Experts} experts", 2L * sizeof(int) * copies, 0, _ => _expertOrder.Run(Stream, chosen, Experts, tileRows, places, tiles));
        var x = memory.Of<float>((long)copies * k);
        var y = new LinearOutput(memory.Of<float>((long)copies * n), n, default, false);
        // All experts are needed by many tokens, and two by one.
        long read = Math.Min(copies, Experts) * shape.ByteCount;
        yield return new Work("ExpertGemm", shapeText, read + ((long)copies * (n + k) * sizeof(float)), 2.0 * copies * n * k, i => _expertGemm.Run(Stream, x, k, tiles, tileRows, weights[i % weights.Length], distance, y));
    }
}
