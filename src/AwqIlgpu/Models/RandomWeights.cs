using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>Weights that are made, not read: as many bytes and as much work as a real model's, of a size that keeps all results finite.</summary>
/// <param name="config">The decoder.</param>
/// <param name="format">How linear layers are stored.</param>
/// <param name="groupSize">Input features that share a scale, for <see cref="WeightFormat.Awq"/>.</param>
internal sealed class RandomWeights(DecoderConfig config, WeightFormat format, int groupSize) : IWeightSource
{
    private const int DefaultGroupSize = 128;

    // What AutoAWQ leaves alone: routers, whose names end so in all architectures with experts, and gates of one number.
    private static readonly string[] s_floatEndings = [".gate", ".router", ".shared_expert_gate"];

    // Mean square of q - 8 for q equally likely in 0..15.
    private const double LevelVariance = 21.5;

    // The sign and the bits behind the point, for a word of fp16 and one of fp32; such a number of exponent 0 has mean square 7/3.
    private const ulong HalfSignAndFraction = 0x83FF83FF83FF83FF;
    private const ulong SingleSignAndFraction = 0x807FFFFF807FFFFF;
    private const double FractionVariance = 7.0 / 3;
    private const int HalfExponentBias = 15;
    private const int SingleExponentBias = 127;

    private const ulong ZeroPointsOf8 = 0x8888888888888888;

    /// <summary>A shape's weights, described.</summary>
    /// <param name="shape">Its name, or the path of a config.json.</param>
    /// <param name="format">How linear layers are stored.</param>
    /// <param name="options">How the model is to be opened.</param>
    /// <exception cref="ArgumentException">There is no such shape or file.</exception>
    /// <exception cref="NotSupportedException">The model needs something that is not supported.</exception>
    public static DecoderWeights Describe(string shape, WeightFormat format, LanguageModelOptions options)
    {
        var reader = ModelShape.Open(shape);
        int groupSize = QuantizationConfig.Read(reader, Path.GetDirectoryName(Path.GetFullPath(shape))!)?.GroupSize ?? DefaultGroupSize;
        var config = Architectures.Architecture.Read(reader);
        var source = new RandomWeights(config, format, groupSize > 0 ? groupSize : config.HiddenSize);
        return new DecoderWeights(config, source, options.HeadOf(source));
    }

    /// <inheritdoc/>
    public bool IsQuantized => format == WeightFormat.Awq;

    /// <inheritdoc/>
    public bool HasTensor(string name) => true;

    /// <inheritdoc/>
    public bool HasUnnamed(string prefix) => false;

    /// <inheritdoc/>
    public TensorInfo FloatTensor(string name, ReadOnlySpan<long> shape, string reason)
    {
        long elements = 1;
        foreach (long dimension in shape)
        {
            elements *= dimension;
        }

        return new TensorInfo(name, TensorType.Float32, shape.ToArray(), "", 0, elements * sizeof(float));
    }

    /// <inheritdoc/>
    public LinearInfo Linear(string prefix, int outFeatures, int inFeatures, bool bias)
    {
        bool isFloat = format == WeightFormat.Fp16 || prefix == config.EmbeddingPrefix || prefix == config.HeadPrefix || prefix == config.Positions?.Prefix
            || inFeatures % groupSize != 0 || Array.Exists(s_floatEndings, ending => prefix.EndsWith(ending, StringComparison.Ordinal));
        return isFloat
            ? new LinearInfo(prefix, WeightLayout.Float, outFeatures, inFeatures, 0, TensorType.Float16, bias)
            : new LinearInfo(prefix, WeightLayout.Gemm, outFeatures, inFeatures, groupSize, TensorType.Float16, bias);
    }

    /// <summary>Makes all weights in their places in the arena.</summary>
    /// <param name="weights">Where they go.</param>
    /// <param name="device">Whose arena it is.</param>
    /// <param name="progress">Told after each layer; may be null.</param>
    public static void Load(DecoderWeights weights, IDevice device, IProgress<LoadProgress>? progress)
    {
        foreach (var buffer in weights.Buffers)
        {
            device.Arena.Take(buffer.Name);
        }

        // Planned as for a model that is read, so that both have one plan; nothing passes through it here.
        device.Arena.Return(device.Arena.Take(MemoryFootprint.Staging));
        var random = new WordGenerator(1);
        long total = weights.AllLinears.Sum(l => l.ByteCount);
        long done = 0;
        long end = 0;
        var latents = new Queue<HeadMatrices>(weights.AllLatents.SelectMany(l => new[] { l.QueryToLatent, l.LatentToValue }));
        foreach (var linear in weights.AllLinears)
        {
            Fill(latents, linear.Offset, ref end, device, random);
            Fill(linear, device, random);
            device.Flush();
            end = linear.Offset + linear.ByteCount;
            done += linear.ByteCount;
            progress?.Report(new LoadProgress(done, total));
        }

        Fill(latents, weights.Bytes, ref end, device, random);
    }

    // What lies between two linear layers: matrices of latent attention, and vectors of floats, norms above all.
    private static void Fill(Queue<HeadMatrices> latents, long next, ref long end, IDevice device, WordGenerator random)
    {
        while (latents.TryPeek(out var matrices) && matrices.Offset < next)
        {
            Vectors(device, end, matrices.Offset);
            ulong exponent = (ulong)Exponent(matrices.InFeatures, SingleExponentBias);
            Words(device, matrices.Offset, matrices.Heads * matrices.HeadBytes, random, SingleSignAndFraction, 0x0000000100000001UL * (exponent << 23));
            device.Flush();
            end = matrices.Offset + (matrices.Heads * matrices.HeadBytes);
            latents.Dequeue();
        }

        Vectors(device, end, next);
        device.Flush();
    }

    private static void Vectors(IDevice device, long start, long end)
    {
        // The end of a layer is padded to whole cache lines; a float less or more there is read by nobody.
        long first = (start + sizeof(float) - 1) / sizeof(float) * sizeof(float);
        if (first < end)
        {
            device.Floats(first, checked((int)((end - first) / sizeof(float)))).Fill(1);
        }
    }

    private static void Fill(LinearWeights linear, IDevice device, WordGenerator random)
    {
        if (linear.Int4 is not { } shape)
        {
            ulong exponent = (ulong)Math.Max(Exponent(linear.Info.InFeatures, HalfExponentBias), 1);
            Words(device, linear.Offset, linear.ByteCount, random, HalfSignAndFraction, 0x0001000100010001UL * (exponent << 10));
            return;
        }

        double scale = 1 / Math.Sqrt(LevelVariance * shape.InFeatures);
        ulong scales = shape.ScaleType == TensorType.Float32
            ? 0x0000000100000001UL * BitConverter.SingleToUInt32Bits((float)scale)
            : 0x0001000100010001UL * BitConverter.HalfToUInt16Bits((Half)scale);
        Words(device, linear.Offset, shape.ScaleOffset, random, ulong.MaxValue, 0);
        Words(device, linear.Offset + shape.ScaleOffset, shape.ZeroPointOffset - shape.ScaleOffset, random, 0, scales);
        Words(device, linear.Offset + shape.ZeroPointOffset, shape.ByteCount - shape.ZeroPointOffset, random, 0, ZeroPointsOf8);
    }

    // Exponent with which products of random weights sum up to about the size of their inputs.
    private static int Exponent(int inFeatures, int bias) => bias - (int)Math.Round(0.5 * Math.Log2(inFeatures * FractionVariance));

    // Random words of which some bits are kept and others set; every plane is a multiple of 8 bytes but the last of an odd fp16 matrix.
    private static void Words(IDevice device, long offset, long bytes, WordGenerator random, ulong keep, ulong set)
    {
        const long Piece = 1 << 20;
        for (long start = 0; start < bytes; start += Piece)
        {
            var words = MemoryMarshal.Cast<byte, ulong>(device.Bytes(offset + start, Math.Min(Piece, (bytes - start + 7) / 8 * 8)));
            random.Fill(words, keep, set);
        }
    }
}
