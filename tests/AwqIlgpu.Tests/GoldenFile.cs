using System.Buffers.Binary;
using System.Text.Json;

namespace AwqIlgpu.Tests;

/// <summary>A safetensors file of goldens, read by the few lines that the format's description takes: an oracle for the product's own reader too.</summary>
public sealed class GoldenFile
{
    private readonly byte[] _bytes;
    private readonly int _dataStart;
    private readonly Dictionary<string, JsonElement> _tensors = [];

    public GoldenFile(string path)
    {
        _bytes = File.ReadAllBytes(path);
        int headerLength = checked((int)BinaryPrimitives.ReadUInt64LittleEndian(_bytes));
        _dataStart = 8 + headerLength;
        using var header = JsonDocument.Parse(_bytes.AsMemory(8, headerLength));
        foreach (var entry in header.RootElement.EnumerateObject())
        {
            if (entry.Name != "__metadata__")
            {
                _tensors.Add(entry.Name, entry.Value.Clone());
            }
        }
    }

    public IEnumerable<string> Names => _tensors.Keys;

    public bool Contains(string name) => _tensors.ContainsKey(name);

    public string Type(string name) => _tensors[name].GetProperty("dtype").GetString()!;

    public int[] Shape(string name) => [.. _tensors[name].GetProperty("shape").EnumerateArray().Select(d => d.GetInt32())];

    public ReadOnlySpan<byte> Bytes(string name)
    {
        var offsets = _tensors[name].GetProperty("data_offsets");
        int start = offsets[0].GetInt32();
        return _bytes.AsSpan(_dataStart + start, offsets[1].GetInt32() - start);
    }

    /// <summary>The tensor's values, whatever its type, each exact in double.</summary>
    public double[] Doubles(string name)
    {
        var bytes = Bytes(name);
        return Type(name) switch
        {
            "F64" => Read(bytes, 8, BinaryPrimitives.ReadDoubleLittleEndian),
            "F32" => Read(bytes, 4, b => BinaryPrimitives.ReadSingleLittleEndian(b)),
            "F16" => Read(bytes, 2, b => (double)BinaryPrimitives.ReadHalfLittleEndian(b)),
            "BF16" => Read(bytes, 2, b => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(b) << 16)),
            "I64" => Read(bytes, 8, b => BinaryPrimitives.ReadInt64LittleEndian(b)),
            "I32" => Read(bytes, 4, b => BinaryPrimitives.ReadInt32LittleEndian(b)),
            "I16" => Read(bytes, 2, b => BinaryPrimitives.ReadInt16LittleEndian(b)),
            "I8" => Read(bytes, 1, b => (sbyte)b[0]),
            "U8" or "BOOL" => Read(bytes, 1, b => b[0]),
            var other => throw new NotSupportedException($"{name}: type {other}"),
        };
    }

    public float[] Floats(string name) => [.. Doubles(name).Select(v => (float)v)];

    public int[] Ints(string name) => [.. Doubles(name).Select(v => checked((int)v))];

    private delegate double ReadOne(ReadOnlySpan<byte> bytes);

    private static double[] Read(ReadOnlySpan<byte> bytes, int size, ReadOne read)
    {
        var values = new double[bytes.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = read(bytes[(i * size)..]);
        }

        return values;
    }
}
