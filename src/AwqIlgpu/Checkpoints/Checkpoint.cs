using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.InteropServices;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Checkpoints;

/// <summary>A model folder: its configuration and the directory of its tensors. Weights are read on demand, piece by piece.</summary>
/// <remarks>All members may be used from several threads.</remarks>
internal sealed class Checkpoint : IWeightSource, IDisposable
{
    private const string SingleFile = "model.safetensors";
    private const int NearNames = 3;

    private readonly Dictionary<string, SafetensorsFile> _files;
    private readonly Dictionary<string, TensorInfo> _tensors;

    private Checkpoint(string folder, ConfigReader config, QuantizationConfig? quantization, List<SafetensorsFile> files)
    {
        Folder = folder;
        Config = config;
        Quantization = quantization;
        _files = files.ToDictionary(f => f.Path);
        _tensors = files.SelectMany(f => f.Tensors.Values).ToDictionary(t => t.Name);
    }

    public string Folder { get; }

    /// <summary>config.json.</summary>
    public ConfigReader Config { get; }

    /// <summary>How the packed tensors are quantised; null where config.json says nothing of it.</summary>
    public QuantizationConfig? Quantization { get; }

    /// <inheritdoc/>
    public bool IsQuantized => Quantization is not null;

    public IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <summary>Opens a folder with config.json and model.safetensors, or the shards of model.safetensors.index.json.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">A file is missing, broken or contradicts another.</exception>
    /// <exception cref="NotSupportedException">The files are of a kind that is not read here.</exception>
    public static Checkpoint Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"There is no folder {folder}.");
        }

        var config = ConfigReader.Open(folder, "config.json");
        var quantization = QuantizationConfig.Read(config, folder);
        return new Checkpoint(folder, config, quantization, OpenFiles(folder));
    }

    public bool HasTensor(string name) => _tensors.ContainsKey(name);

    public bool HasUnnamed(string prefix) => HasTensor(prefix + ".weight") || HasTensor(prefix + ".qweight") || HasTensor(prefix + ".weight_packed");

    /// <summary>The tensor of that name.</summary>
    /// <exception cref="InvalidDataException">It is missing; the message lists names that look alike.</exception>
    public TensorInfo Tensor(string name)
    {
        if (_tensors.TryGetValue(name, out var tensor))
        {
            return tensor;
        }

        ThrowMissing(name);
        return null;
    }

    /// <summary>The tensor of that name, of the shape that it must have.</summary>
    /// <param name="name">Name in the checkpoint.</param>
    /// <param name="shape">Expected dimensions.</param>
    /// <param name="reason">What the dimensions are, for the message; for example <c>2048 out features, 8 per int32</c>.</param>
    /// <exception cref="InvalidDataException">It is missing or has another shape.</exception>
    public TensorInfo Tensor(string name, ReadOnlySpan<long> shape, string reason)
    {
        var tensor = Tensor(name);
        return tensor.Shape.AsSpan().SequenceEqual(shape) ? tensor : throw new InvalidDataException(
            $"{name} has shape {TensorInfo.ShapeText(tensor.Shape)}; expected {TensorInfo.ShapeText(shape)} ({reason}).");
    }

    /// <summary>The fp16, bf16 or fp32 tensor of that name, of the shape that it must have.</summary>
    /// <exception cref="InvalidDataException">It is missing or has another shape.</exception>
    /// <exception cref="NotSupportedException">It is of another type.</exception>
    public TensorInfo FloatTensor(string name, ReadOnlySpan<long> shape, string reason)
    {
        var tensor = Tensor(name, shape, reason);
        return tensor.Type.IsFloat() ? tensor : throw new NotSupportedException($"{name} has dtype {tensor.Type.Dtype()}; expected F16, BF16 or F32.");
    }

    /// <summary>The linear layer <paramref name="prefix"/>: its layout on disk, checked against the expected size.</summary>
    /// <param name="prefix">Name without the last part, for example <c>model.layers.0.self_attn.q_proj</c>.</param>
    /// <param name="outFeatures">Rows of the weight.</param>
    /// <param name="inFeatures">Columns of the weight.</param>
    /// <exception cref="InvalidDataException">Tensors are missing, of the wrong shape, or contradict config.json.</exception>
    /// <exception cref="NotSupportedException">The layer is stored in a way that is not read here.</exception>
    public LinearInfo Linear(string prefix, int outFeatures, int inFeatures) => LinearLayouts.Describe(this, prefix, outFeatures, inFeatures);

    /// <inheritdoc/>
    public LinearInfo Linear(string prefix, int outFeatures, int inFeatures, bool bias)
    {
        var info = Linear(prefix, outFeatures, inFeatures);
        if (bias && !info.HasBias)
        {
            ThrowMissing(prefix + ".bias");
        }

        return info;
    }

    /// <summary>Fills <paramref name="destination"/> with the tensor's bytes from <paramref name="byteOffset"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The piece does not lie inside the tensor.</exception>
    /// <exception cref="InvalidDataException">The file was shortened after it was opened.</exception>
    public void Read(TensorInfo tensor, long byteOffset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(byteOffset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(byteOffset, tensor.ByteCount - destination.Length);
        _files[tensor.Path].Read(tensor.Offset + byteOffset, destination);
    }

    /// <summary>Fills <paramref name="destination"/> with elements of an fp16, bf16 or fp32 tensor, each exact.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="firstElement">Index of the first element in row-major order.</param>
    /// <param name="destination">As many elements as are wanted; the only memory that is used.</param>
    /// <exception cref="NotSupportedException">The tensor has another type.</exception>
    public void ReadFloats(TensorInfo tensor, long firstElement, Span<float> destination)
    {
        if (tensor.Type == TensorType.Float32)
        {
            Read(tensor, firstElement * sizeof(float), MemoryMarshal.AsBytes(destination));
            return;
        }

        if (!tensor.Type.IsFloat())
        {
            throw new NotSupportedException($"{tensor.Name} has dtype {tensor.Type.Dtype()}; expected F16, BF16 or F32.");
        }

        // The 16-bit values are read into the second half of the destination and widened from the front:
        // when float i is written, it covers halves 2i - n and 2i - n + 1, which lie before half i + 1 for every i below n.
        var halves = MemoryMarshal.Cast<float, ushort>(destination)[destination.Length..];
        Read(tensor, firstElement * sizeof(ushort), MemoryMarshal.AsBytes(halves));
        if (tensor.Type == TensorType.Float16)
        {
            FloatConversion.HalfToSingle(halves, destination);
        }
        else
        {
            FloatConversion.BFloat16ToSingle(halves, destination);
        }
    }

    /// <summary>As <see cref="ReadFloats"/>, and refuses NaN and infinity.</summary>
    /// <exception cref="InvalidDataException">An element is NaN or infinite; the message names tensor and index.</exception>
    public void ReadFiniteFloats(TensorInfo tensor, long firstElement, Span<float> destination)
    {
        ReadFloats(tensor, firstElement, destination);
        int bad = IndexOfNonFinite(destination);
        if (bad >= 0)
        {
            throw new InvalidDataException($"{tensor.ElementText(firstElement + bad)} is {destination[bad]}; expected a finite number.");
        }
    }

    public void Dispose()
    {
        foreach (var file in _files.Values)
        {
            file.Dispose();
        }
    }

    /// <summary>Throws for a tensor that is needed and not there, with names that look alike.</summary>
    [DoesNotReturn]
    internal void ThrowMissing(string name)
    {
        var near = _tensors.Keys.OrderByDescending(other => Likeness(name, other)).ThenBy(other => other, StringComparer.Ordinal).Take(NearNames).Select(Message.Short);
        throw new InvalidDataException($"{Folder}: tensor {Message.Short(name)} is missing; the nearest of {_tensors.Count} names: {string.Join(", ", near)}.");
    }

    private static List<SafetensorsFile> OpenFiles(string folder)
    {
        string single = Path.Combine(folder, SingleFile);
        if (File.Exists(single))
        {
            return [SafetensorsFile.Open(single)];
        }

        if (File.Exists(Path.Combine(folder, ShardIndex.FileName)))
        {
            return ShardIndex.Open(folder);
        }

        string? pickled = Directory.EnumerateFiles(folder).Select(Path.GetFileName).FirstOrDefault(f => f!.EndsWith(".bin", StringComparison.Ordinal) || f.EndsWith(".pt", StringComparison.Ordinal) || f.EndsWith(".pth", StringComparison.Ordinal));
        throw pickled is null
            ? new InvalidDataException($"{folder}: neither {SingleFile} nor {ShardIndex.FileName} is there.")
            : new NotSupportedException($"{folder} holds {pickled}, but no {SingleFile}; only safetensors files are read. Convert it first.");
    }

    private static int IndexOfNonFinite(ReadOnlySpan<float> values)
    {
        // x - x is 0 for a finite x and NaN for the others; NaN survives the sum.
        var sum = Vector<float>.Zero;
        int i = 0;
        for (; i + Vector<float>.Count <= values.Length; i += Vector<float>.Count)
        {
            var x = new Vector<float>(values[i..]);
            sum += x - x;
        }

        int start = Vector.EqualsAll(sum, Vector<float>.Zero) ? i : 0;
        for (int j = start; j < values.Length; j++)
        {
            if (!float.IsFinite(values[j]))
            {
                return j;
            }
        }

        return -1;
    }

    private static int Likeness(string a, string b)
    {
        int shorter = Math.Min(a.Length, b.Length);
        int head = a.AsSpan().CommonPrefixLength(b);
        int tail = 0;
        while (tail < shorter - head && a[^(tail + 1)] == b[^(tail + 1)])
        {
            tail++;
        }

        return head + tail;
    }
}
