using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class RopeKernelTests
{
    private const int Tokens = 3;
    private const int Heads = 2;

    [Theory]
    [InlineData(nameof(RopeStyle.Half), 8, 8)]
    [InlineData(nameof(RopeStyle.Interleaved), 64, 32)]
    [InlineData(nameof(RopeStyle.InterleavedToHalf), 80, 80)]
    [InlineData(nameof(RopeStyle.InterleavedToHalf), 512, 512)]
    public void Run_EachStyle_EqualsReference(string styleName, int headDim, int rotaryDim)
    {
        var style = Enum.Parse<RopeStyle>(styleName);
        using var device = new TestAccelerator();
        float[] x = Numbers.Normal(Tokens * Heads * headDim, seed: headDim);
        var y = device.Of(x);
        new RopeKernel(device.Accelerator).Run(device.Stream, Table(device, style, rotaryDim), y, Heads * headDim, Tokens, Heads, headDim);
        Close.Rope($"rope {style} {headDim}", x.Max(MathF.Abs), Expected(style, x, Heads, headDim, rotaryDim), device.Read(y));
    }

    [Theory]
    [InlineData(KvType.Fp32)]
    [InlineData(KvType.Fp16)]
    public void RunAndStore_QueriesKeysValues_TurnedAndInTheirSlots(KvType type)
    {
        const int KvHeads = 2;
        const int HeadDim = 24;
        const int RotaryDim = 16;
        const int Stride = (Heads + (2 * KvHeads)) * HeadDim;
        int[] slots = [33, 2, 95];
        using var device = new TestAccelerator();
        float[] x = [.. Numbers.Normal(Tokens * Stride, seed: 9).Select(v => v * 3000)];
        x[(Heads + KvHeads) * HeadDim] = 1e9f;
        var y = device.Of(x);
        var layout = new KvBlockLayout(KvHeads, HeadDim, HeadDim, type);
        var memory = device.New<byte>(3 * layout.ByteCount);
        var cache = new KvView(layout, memory);
        new RopeKernel(device.Accelerator).RunAndStore(
            device.Stream, Table(device, RopeStyle.Half, RotaryDim), y, y.SubView(Heads * HeadDim), y.SubView((Heads + KvHeads) * HeadDim), Stride, Tokens, Heads, device.Of(slots), cache);

        double[] turned = Expected(RopeStyle.Half, x, Stride / HeadDim, HeadDim, RotaryDim);
        float[] after = device.Read(y);
        byte[] stored = device.Read(memory);
        for (int token = 0; token < Tokens; token++)
        {
            var row = turned.AsSpan(token * Stride, Stride);
            Close.Rope("queries", 15000, row[..(Heads * HeadDim)], after.AsSpan(token * Stride, Heads * HeadDim));
            for (int head = 0; head < KvHeads; head++)
            {
                for (int d = 0; d < HeadDim; d++)
                {
                    int block = slots[token] / 32;
                    int offset = slots[token] % 32;
                    double key = row[((Heads + head) * HeadDim) + d];
                    float value = x[(token * Stride) + ((Heads + KvHeads + head) * HeadDim) + d];
                    Close.StoredScale("key", [key], [Element(stored, type, cache.Keys(block, head) + (d * 32) + offset)]);
                    double held = type == KvType.Fp16 ? (double)(Half)Math.Min(value, 65504) : value;
                    Assert.Equal((float)held, Element(stored, type, cache.Values(block, head) + (offset * HeadDim) + d));
                }
            }
        }
    }

    private static float Element(byte[] stored, KvType type, long index) => type == KvType.Fp16
        ? (float)BitConverter.ToHalf(stored, (int)(2 * index))
        : BitConverter.ToSingle(stored, (int)(4 * index));

    private static double[] Frequencies(int pairs) => [.. Enumerable.Range(0, pairs).Select(i => Math.Pow(10000, -(double)i / pairs))];

    private static int Position(int token) => 1000 * token;

    private static RopeArguments Table(TestAccelerator device, RopeStyle style, int rotaryDim)
    {
        int pairs = rotaryDim / 2;
        double[] angles = [.. Enumerable.Range(0, Tokens).SelectMany(t => Frequencies(pairs).Select(f => f * Position(t)))];
        return new RopeArguments(style, device.Of([.. angles.Select(a => (float)Math.Cos(a))]), device.Of([.. angles.Select(a => (float)Math.Sin(a))]), pairs);
    }

    private static double[] Expected(RopeStyle style, float[] x, int heads, int headDim, int rotaryDim)
    {
        float[] y = new float[x.Length];
        for (int i = 0; i < Tokens * heads; i++)
        {
            Rope.Reference(style, x.AsSpan(i * headDim, headDim), Position(i / heads), Frequencies(rotaryDim / 2), 1, y.AsSpan(i * headDim, headDim));
        }

        return Numbers.Doubles(y);
    }
}
