using System.Buffers.Binary;
using System.Text;

namespace AwqIlgpu.Tests.Checkpoints;

/// <summary>A model folder in the system's temporary directory, written piece by piece and deleted at the end of the test.</summary>
internal sealed class TempCheckpoint : IDisposable
{
    private readonly List<string> _entries = [];
    private readonly MemoryStream _data = new();

    public TempCheckpoint(string config = "{}")
    {
        Folder = Directory.CreateTempSubdirectory("awqilgpu-tests-").FullName;
        Write("config.json", config);
    }

    public string Folder { get; }

    public string SingleFile => PathOf("model.safetensors");

    public string PathOf(string file) => Path.Combine(Folder, file);

    public void Write(string file, string text) => File.WriteAllText(PathOf(file), text);

    /// <summary>Appends a tensor to the file that is being composed.</summary>
    public TempCheckpoint Add(string name, string dtype, long[] shape, ReadOnlySpan<byte> data)
    {
        long start = _data.Length;
        _data.Write(data);
        _entries.Add($"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{string.Join(",", shape)}],\"data_offsets\":[{start},{_data.Length}]}}");
        return this;
    }

    /// <summary>Appends a tensor of zeros.</summary>
    public TempCheckpoint AddZeros(string name, string dtype, params long[] shape) =>
        Add(name, dtype, shape, new byte[shape.Aggregate(1L, (a, b) => a * b) * BytesOf(dtype)]);

    /// <summary>Appends a tensor of fp16 values.</summary>
    public TempCheckpoint AddHalves(string name, long[] shape, params double[] values)
    {
        var bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)values[i]);
        }

        return Add(name, "F16", shape, bytes);
    }

    /// <summary>Appends a tensor that holds the same fp16 value everywhere.</summary>
    public TempCheckpoint AddHalf(string name, double value, params long[] shape) =>
        AddHalves(name, shape, [.. Enumerable.Repeat(value, checked((int)shape.Aggregate(1L, (a, b) => a * b)))]);

    /// <summary>Writes the tensors added so far as one safetensors file and begins the next.</summary>
    public TempCheckpoint Save(string file = "model.safetensors")
    {
        WriteFile(file, "{" + string.Join(",", _entries) + "}", _data.ToArray());
        _entries.Clear();
        _data.SetLength(0);
        return this;
    }

    /// <summary>Writes a file with any header, true or not.</summary>
    public void WriteFile(string file, string header, ReadOnlySpan<byte> data, long? headerLength = null) => WriteFile(file, Encoding.UTF8.GetBytes(header), data, headerLength);

    public void WriteFile(string file, ReadOnlySpan<byte> header, ReadOnlySpan<byte> data, long? headerLength = null)
    {
        using var stream = File.Create(PathOf(file));
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, headerLength ?? header.Length);
        stream.Write(length);
        stream.Write(header);
        stream.Write(data);
    }

    public void Dispose()
    {
        _data.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static int BytesOf(string dtype) => dtype switch
    {
        "U8" or "I8" or "BOOL" => 1,
        "I16" or "F16" or "BF16" => 2,
        "I32" or "F32" => 4,
        _ => 8,
    };
}
