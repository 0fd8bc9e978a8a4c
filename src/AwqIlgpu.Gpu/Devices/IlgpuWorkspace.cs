using System.Runtime.CompilerServices;
using AwqIlgpu.Devices;
using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Memory;
using AwqIlgpu.Models;

namespace AwqIlgpu.Gpu.Devices;

/// <summary>How the device divides its scratch memory; the planner asks the same object for the size.</summary>
internal sealed class IlgpuWorkspace
{
    /// <param name="weights">The model, described.</param>
    /// <param name="settings">The settings that the plan is for.</param>
    public IlgpuWorkspace(DecoderWeights weights, MemorySettings settings)
    {
        int rows = DecoderModel.StepRows(settings);
        var cache = new KvCache(weights.Config, settings);
        TableBlocks = cache.TableBlocks;
        long end = 0;
        long Take(long bytes)
        {
            long offset = end;
            end = Arena.Align(end + bytes);
            return offset;
        }

        Slots = Take((long)cache.Classes.Length * rows * sizeof(int));
        Positions = Take((long)rows * sizeof(int));
        Segments = Take((long)settings.Batch * Unsafe.SizeOf<AttentionSegment>());
        Tables = Take((long)cache.Classes.Length * settings.Batch * TableBlocks * sizeof(int));
        Ropes = Array.ConvertAll(weights.Config.Ropes, rope => Take(2L * rows * (rope.RotaryDim / 2) * sizeof(float)));
        StepBytes = end;
        Rows = Take((long)Math.Max(rows, DecoderModel.LogitsRows(settings)) * sizeof(int));
        Best = Take((long)settings.Batch * Unsafe.SizeOf<TopToken>());
        ExpertTiles = Take(weights.Config.Layers.Max(layer => MostTiles(layer.Experts, rows)) * Unsafe.SizeOf<ExpertTile>());
        long products = weights.AllLinears.Max(linear => linear.Int4 is { } shape ? Int4GemvKernel.WorkspaceFloats(shape) : 0);
        long attention = weights.Config.Layers.Max(layer => AttentionKernel.WorkspaceFloats(settings.Batch, settings.Context, layer.Attention.NumHeads, layer.Attention.ValueDim));
        long best = TopTokensKernel.WorkspaceFloats(settings.Batch, weights.Config.VocabularySize, 1);
        // None of the three runs at the same time as another.
        PartFloats = Math.Max(best, Math.Max(products, attention));
        Parts = Take(PartFloats * sizeof(float));
        ByteCount = end;
        long vocabulary = weights.Config.VocabularySize;
        HostBytes = StepBytes + ((long)rows * sizeof(int)) + (DecoderModel.LogitsRows(settings) * vocabulary * sizeof(float)) + (vocabulary * sizeof(int)) + ((long)settings.Batch * Unsafe.SizeOf<TopToken>());
    }

    /// <summary>Blocks of the longest sequence's table.</summary>
    public int TableBlocks { get; }

    /// <summary>First byte of each row's place in the cache, [classes of layers, rows].</summary>
    public long Slots { get; }

    /// <summary>First byte of each row's position.</summary>
    public long Positions { get; }

    /// <summary>First byte of the batch's sequences.</summary>
    public long Segments { get; }

    /// <summary>First byte of their block tables, [classes of layers, sequences, blocks].</summary>
    public long Tables { get; }

    /// <summary>First byte of each rope's cosines; its sines follow.</summary>
    public long[] Ropes { get; }

    /// <summary>Bytes from the start that the host writes for each step.</summary>
    public long StepBytes { get; }

    /// <summary>First byte of row indices and token ids.</summary>
    public long Rows { get; }

    /// <summary>First byte of the likeliest token of each sequence.</summary>
    public long Best { get; }

    /// <summary>First byte of the experts' tiles.</summary>
    public long ExpertTiles { get; }

    /// <summary>First byte of the parts of split products, of split attention and of the likeliest tokens.</summary>
    public long Parts { get; }

    /// <summary>Floats of the parts.</summary>
    public long PartFloats { get; }

    /// <summary>Bytes in all.</summary>
    public long ByteCount { get; }

    /// <summary>Bytes of the host beside them: a step's input, positions, rows of logits, and the sampler's.</summary>
    public long HostBytes { get; }

    // One copy each in decoding of one sequence, else tiles of 8 rows or more.
    private static long MostTiles(ExpertsConfig? experts, int rows) => experts is null
        ? 0
        : Math.Max(experts.Rule.ExpertsPerToken, ExpertOrderKernel.MostTiles(rows * experts.Rule.ExpertsPerToken, experts.Experts.Length, Int4GemvKernel.MaxTokens));
}
