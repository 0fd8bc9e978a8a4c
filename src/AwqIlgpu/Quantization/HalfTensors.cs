using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models;

namespace AwqIlgpu.Quantization;

/// <summary>Copies tensors that stay unquantised, floats rounded to fp16, everything else as it is.</summary>
internal static class HalfTensors
{
    private const int ElementsAtOnce = 1 << 20;

    /// <summary>Writes tensors of a checkpoint to a file.</summary>
    /// <param name="checkpoint">Where from.</param>
    /// <param name="tensors">Which.</param>
    /// <param name="path">Where to.</param>
    /// <param name="config">The decoder, whose biases for the choice of experts are copied as they are: in fp16 others might be chosen.</param>
    /// <exception cref="InvalidDataException">A value is NaN, infinite or beyond fp16.</exception>
    public static void Copy(Checkpoint checkpoint, IEnumerable<TensorInfo> tensors, string path, DecoderConfig config)
    {
        var unchanged = config.Layers.Select(l => l.Experts?.ChoiceBias).OfType<string>().ToHashSet();
        TensorInfo[] all = [.. tensors];
        using var writer = new SafetensorsWriter(path, all.Select(t => new TensorSpec(t.Name, Rounds(t) ? TensorType.Float16 : t.Type, t.Shape)));
        var floats = new float[ElementsAtOnce];
        foreach (var tensor in all)
        {
            for (long first = 0; first < tensor.ElementCount; first += ElementsAtOnce)
            {
                int count = (int)Math.Min(ElementsAtOnce, tensor.ElementCount - first);
                if (Rounds(tensor))
                {
                    checkpoint.ReadFiniteFloats(tensor, first, floats.AsSpan(0, count));
                    writer.Append(tensor.Name, MemoryMarshal.AsBytes<ushort>(HalfTensor.Round(tensor.Name, floats.AsSpan(0, count))));
                }
                else
                {
                    var bytes = new byte[count * tensor.Type.Size()];
                    checkpoint.Read(tensor, first * tensor.Type.Size(), bytes);
                    writer.Append(tensor.Name, bytes);
                }
            }
        }

        writer.Complete();

        bool Rounds(TensorInfo tensor) => tensor.Type.IsFloat() && !unchanged.Contains(tensor.Name);
    }
}
