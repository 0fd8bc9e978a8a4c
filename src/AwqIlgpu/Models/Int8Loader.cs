using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Models;

/// <summary>Reads a float layer that is kept as int8, a row at a time.</summary>
internal static unsafe class Int8Loader
{
    /// <summary>Bytes that <see cref="Load"/> needs beside the weights' place.</summary>
    public static long StagingBytes(LinearWeights linear) => new Staging(linear).ByteCount;

    /// <summary>Reads the layer into its place.</summary>
    /// <exception cref="InvalidDataException">The file does not hold what its header says, or a number is NaN or infinite.</exception>
    public static void Load(LinearWeights linear, Checkpoint checkpoint, IDevice device, Span<byte> memory)
    {
        var tensor = checkpoint.Tensor(linear.Info.Prefix + ".weight");
        var staging = new Staging(linear);
        int inFeatures = linear.Info.InFeatures;
        int blocks = inFeatures / linear.Int4!.Value.BlockSize;
        var values = MemoryMarshal.Cast<byte, float>(memory[..(inFeatures * sizeof(float))]);
        var planeScales = MemoryMarshal.Cast<byte, float>(memory.Slice((int)staging.Scales, Int8Planes.Count * blocks * sizeof(float)));
        var zeroPoints = memory.Slice((int)staging.ZeroPoints, Int8Planes.Count * blocks);
        var nibbles = memory.Slice((int)staging.Nibbles, Int8Planes.Count * inFeatures);
        fixed (byte* start = memory)
        {
            var quantized = new QuantizedActivations(start + staging.Quantized, 1, inFeatures, linear.Int4.Value.BlockSize);
            for (int row = 0; row < linear.Info.OutFeatures; row++)
            {
                checkpoint.ReadFiniteFloats(tensor, (long)row * inFeatures, values);
                ActivationQuantizer.Quantize((float*)start, inFeatures, inFeatures, quantized, 0, 1);
                Int8Planes.Split(new ReadOnlySpan<sbyte>(quantized.Values, inFeatures), nibbles);
                Int8Planes.Split(new ReadOnlySpan<float>(quantized.Scales, blocks), planeScales, zeroPoints);
                device.PackWeights(linear, new Int4Tile(row, 1, 0, Int8Planes.Count * inFeatures, nibbles));
                device.PackScales(linear, row, planeScales, zeroPoints);
            }
        }
    }

    // Where what a row becomes lies behind its floats.
    private readonly struct Staging
    {
        public Staging(LinearWeights linear)
        {
            int inFeatures = linear.Info.InFeatures;
            int blockSize = linear.Int4!.Value.BlockSize;
            int scales = Int8Planes.Count * (inFeatures / blockSize);
            Quantized = Arena.Align((long)inFeatures * sizeof(float));
            Scales = Arena.Align(Quantized + QuantizedActivations.WorkspaceBytes(1, inFeatures, blockSize));
            ZeroPoints = Arena.Align(Scales + ((long)scales * sizeof(float)));
            Nibbles = Arena.Align(ZeroPoints + scales);
            ByteCount = Arena.Align(Nibbles + (Int8Planes.Count * (long)inFeatures));
        }

        public long Quantized { get; }

        public long Scales { get; }

        public long ZeroPoints { get; }

        public long Nibbles { get; }

        public long ByteCount { get; }
    }
}
