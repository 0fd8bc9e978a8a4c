using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using ILGPU.Runtime;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>What is done to each row: norms, activation, sums, embeddings.</summary>
internal sealed class RowWorks(Accelerator accelerator, bool smoke)
{
    private readonly RmsNormKernel _rmsNorm = new(accelerator);
    private readonly LayerNormKernel _layerNorm = new(accelerator);
    private readonly ActivationKernel _activation = new(accelerator);
    private readonly EmbeddingKernel _embedding = new(accelerator);
    private readonly RowsKernel _rows = new(accelerator);
    private readonly TopTokensKernel _topTokens = new(accelerator);

    private AcceleratorStream Stream => accelerator.DefaultStream;

    public IEnumerable<Work> Of(LayerSizes sizes)
    {
        foreach (int k in (int[])[1, 50])
        {
            using var memory = new DeviceMemory(accelerator, smoke);
            int vocabulary = sizes.Vocabulary;
            var logits = memory.Of<float>(vocabulary);
            var top = memory.Of<TopToken>(k);
            var workspace = memory.Of<float>(TopTokensKernel.WorkspaceFloats(1, vocabulary, k));
            yield return new Work("TopTokens", $"best {k} of {vocabulary}", (long)vocabulary * sizeof(float), 0, _ => _topTokens.Run(Stream, logits, vocabulary, 1, vocabulary, k, top, workspace));
        }

        foreach (int tokens in (int[])[1, sizes.Chunk])
        {
            using var memory = new DeviceMemory(accelerator, smoke);
            var (hidden, intermediate) = (sizes.Hidden, sizes.Intermediate);
            var x = memory.Of<float>((long)tokens * hidden);
            var y = memory.Of<float>((long)tokens * hidden);
            var weight = memory.Of<float>(hidden);
            string shape = $"[{tokens}, {hidden}]";
            long row = (long)tokens * hidden * sizeof(float);
            yield return new Work("RmsNorm", shape, 2 * row, 0, _ => _rmsNorm.Run(Stream, x, hidden, weight, 1e-5f, y, hidden, tokens, 1, hidden));
            yield return new Work("LayerNorm", shape, 2 * row, 0, _ => _layerNorm.Run(Stream, x, hidden, weight, weight, 1e-5f, y, hidden, tokens, 1, hidden));
            yield return new Work("Add", shape, 3 * row, 0, _ => _rows.Add(Stream, x, hidden, 0, y, hidden, tokens, hidden));
            var ids = memory.Of([.. Enumerable.Range(0, tokens).Select(i => i % tokens)]);
            yield return new Work("Gather", shape, 2 * row, 0, _ => _rows.Gather(Stream, x, hidden, ids, y, hidden, tokens, hidden));
            var table = new FloatView(tokens, hidden, sizes.HeadType, memory.Of<byte>((long)tokens * hidden * 2));
            yield return new Work("Embedding", $"{shape} {sizes.HeadType}", row + (row / 2), 0, _ => _embedding.Run(Stream, table, ids, 0, 1, false, tokens, y, hidden));
            var gate = memory.Of<float>(2L * tokens * intermediate);
            yield return new Work("SiLU-mul", $"[{tokens}, {intermediate}]", 3L * tokens * intermediate * sizeof(float), 0, _ => _activation.Run(Stream, Activation.Silu, gate, gate.SubView(intermediate), 2 * intermediate, 2 * intermediate, tokens, intermediate));
        }
    }
}
