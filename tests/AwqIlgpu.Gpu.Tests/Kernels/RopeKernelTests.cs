using AwqIlgpu.Gpu.Kernels;
using AwqIlgpu.Kernels;
using AwqIlgpu.Tests;
using AwqIlgpu.Tests.Kernels;

namespace AwqIlgpu.Gpu.Tests.Kernels;

public class RopeKernelTests
{
    private const int Tokens = 3;
    private const int Heads = 2;
    private const int KvHeads = 2;
    private const int HeadDim = 24;
    private const int RotaryDim = 16;
    private const int Stride = (Heads + (2 * KvHeads)) * HeadDim;

    private static readonly int[] s_slots = [33, 2, 95];

    [Theory]
    [InlineData(nameof(RopeStyle.Half), 8, 8)]
    [InlineData(nameof(RopeStyle.Interleaved), 64, 32)]
    [InlineData(nameof(RopeStyle.InterleavedToHalf), 80, 80)]
    [InlineData(nameof(RopeStyle.InterleavedToHalf), 512, 512)]
    public void Run_EachStyle_TurnsQueries(string styleName, int headDim, int rotaryDim)
    {
        var style = Enum.Parse<RopeStyle>(styleName);
        using var device = new TestAccelerator();
        float[] x = Numbers.Normal(Tokens * Heads * headDim, seed: headDim);
        var y = device.Of(x);
        var layout = new KvBlockLayout(1, headDim, headDim, KvType.Fp32);
        var keys = device.Of(x);
        var cache = new KvView(layout, device.New<byte>(3 * layout.ByteCount));
        new RopeKernel(device.Accelerator).Run(device.Stream, Table(device, style, rotaryDim), new Queries(y, Heads * headDim, Heads, headDim), keys, keys, Heads * headDim, Tokens, device.Of(s_slots), cache);
        Close.Rope($"rope {style} {headDim}", x.Max(MathF.Abs), Expected(style, x, Heads, headDim, rotaryDim), device.Read(y));
    }

    [Theory]
    [InlineData(KvType.Fp32)]
    [InlineData(KvType.Fp16)]
    public void Run_QueriesKeysValues_TurnedAndInTheirSlots(KvType type)
    {
        using var device = new TestAccelerator();
        float[] x = [.. Numbers.Normal(Tokens * Stride, seed: 9).Select(v => v * 3000)];
        x[(Heads + KvHeads) * HeadDim] = 1e9f;
        var layout = new KvBlockLayout(KvHeads, HeadDim, HeadDim, type);
        var (after, stored, cache) = Run(device, x, layout);
        double[] turned = Expected(RopeStyle.Half, x, Stride / HeadDim, HeadDim, RotaryDim);
        for (int token = 0; token < Tokens; token++)
        {
            var row = turned.AsSpan(token * Stride, Stride);
            Close.Rope("queries", 15000, row[..(Heads * HeadDim)], after.AsSpan(token * Stride, Heads * HeadDim));
            for (int head = 0; head < KvHeads; head++)
            {
                for (int d = 0; d < HeadDim; d++)
                {
                    int block = s_slots[token] / 32;
                    int offset = s_slots[token] % 32;
                    double key = row[((Heads + head) * HeadDim) + d];
                    float value = x[(token * Stride) + ((Heads + KvHeads + head) * HeadDim) + d];
                    Close.StoredScale("key", [key], [Element(stored, type, cache.Keys(block, head) + (d * 32) + offset)]);
                    double held = type == KvType.Fp16 ? (double)(Half)Math.Min(value, 65504) : value;
                    Assert.Equal((float)held, Element(stored, type, cache.Values(block, head) + (offset * HeadDim) + d));
                }
            }
        }
    }

    [Fact]
    public unsafe void Run_Int8Cache_HoldsTheBytesOfTheCpu()
    {
        using var device = new TestAccelerator();
        float[] x = Numbers.Normal(Tokens * Stride, seed: 9);
        // A head whose elements are all alike.
        x.AsSpan((Heads + KvHeads) * HeadDim, HeadDim).Fill(0.5f);
        var layout = new KvBlockLayout(KvHeads, HeadDim, HeadDim, KvType.Int8);
        var (_, stored, _) = Run(device, x, layout);
        float[] turned = [.. Expected(RopeStyle.Half, x, Stride / HeadDim, HeadDim, RotaryDim).Select(v => (float)v)];
        byte[] expected = [.. Enumerable.Repeat((byte)0xFF, stored.Length)];
        fixed (byte* pool = expected)
        fixed (int* slots = s_slots)
        fixed (float* keys = &turned[Heads * HeadDim], values = &x[(Heads + KvHeads) * HeadDim])
        {
            KvWrite.Run(new KvPool(pool, (nint)layout.ByteCount, layout), slots, keys, Stride, values, Stride, Tokens, 0, KvHeads);
        }

        // Where a sum's order moves an element over the middle between two bytes, or a scale between two halves, the neighbour is as good.
        Assert.All(expected.Zip(stored), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, 1));
        Assert.InRange(expected.Zip(stored).Count(pair => pair.First != pair.Second), 0, expected.Length / 100);
    }

    private static (float[] After, byte[] Stored, KvView Cache) Run(TestAccelerator device, float[] x, KvBlockLayout layout)
    {
        var y = device.Of(x);
        var memory = device.New<byte>(3 * layout.ByteCount);
        var cache = new KvView(layout, memory);
        new RopeKernel(device.Accelerator).Run(
            device.Stream, Table(device, RopeStyle.Half, RotaryDim), new Queries(y, Stride, Heads, HeadDim), y.SubView(Heads * HeadDim), y.SubView((Heads + KvHeads) * HeadDim), Stride, Tokens, device.Of(s_slots), cache);
        return (device.Read(y), device.Read(memory), cache);
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
