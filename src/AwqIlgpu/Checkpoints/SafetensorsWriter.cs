using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace AwqIlgpu.Checkpoints;

/// <summary>Writes a safetensors file whose tensors' names, types and shapes are known beforehand, with the data streamed in any order.</summary>
/// <remarks>
/// <para>The bytes are those of the format's own Rust library with metadata <c>{"format":"pt"}</c>: tensors by falling element type, then by name; the header padded with spaces to 8 bytes.</para>
/// <para>Writes <c>path.tmp</c> and gives it its name in <see cref="Complete"/>, so a file under <c>path</c> is always whole.</para>
/// </remarks>
internal sealed class SafetensorsWriter : IDisposable
{
    private const int Alignment = 8;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, Extent> _extents = [];
    private bool _completed;

    /// <summary>Starts the temporary file and writes its header.</summary>
    /// <param name="path">The file to write; replaced if it is there.</param>
    /// <param name="tensors">Every tensor of the file.</param>
    /// <exception cref="ArgumentException">Two tensors have the same name.</exception>
    public SafetensorsWriter(string path, IEnumerable<TensorSpec> tensors)
    {
        _path = path;
        var sorted = tensors.OrderByDescending(t => Rank(t.Type)).ThenBy(t => t.Name, Utf8Order.Instance).ToArray();
        byte[] header = Header(sorted);
        long offset = sizeof(long) + header.Length;
        foreach (var tensor in sorted)
        {
            if (!_extents.TryAdd(tensor.Name, new Extent(offset, tensor.ByteCount)))
            {
                throw new ArgumentException($"{path}: two tensors are named {tensor.Name}.", nameof(tensors));
            }

            offset += tensor.ByteCount;
        }

        _file = File.OpenHandle(TemporaryPath, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, preallocationSize: offset);
        var length = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        RandomAccess.Write(_file, length, 0);
        RandomAccess.Write(_file, header, sizeof(long));
    }

    private string TemporaryPath => _path + ".tmp";

    /// <summary>Writes the next bytes of one tensor; pieces of different tensors may alternate.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="data">Little-endian elements, row-major.</param>
    /// <exception cref="ArgumentException">No such tensor, or more bytes than its shape holds.</exception>
    public void Append(string name, ReadOnlySpan<byte> data)
    {
        if (!_extents.TryGetValue(name, out var extent))
        {
            throw new ArgumentException($"{_path}: no tensor named {name} was announced.", nameof(name));
        }

        if (extent.Written + data.Length > extent.Length)
        {
            throw new ArgumentException($"{_path}: {name} holds {extent.Length} bytes; {extent.Written} are written and {data.Length} more do not fit.", nameof(data));
        }

        RandomAccess.Write(_file, data, extent.Offset + extent.Written);
        extent.Written += data.Length;
    }

    /// <summary>Flushes the file to the disk and gives it its name.</summary>
    /// <exception cref="InvalidOperationException">A tensor is not whole.</exception>
    public void Complete()
    {
        foreach (var (name, extent) in _extents)
        {
            if (extent.Written != extent.Length)
            {
                throw new InvalidOperationException($"{_path}: {extent.Written} of {extent.Length} bytes of {name} are written; write the rest first.");
            }
        }

        RandomAccess.FlushToDisk(_file);
        _file.Dispose();
        File.Move(TemporaryPath, _path, overwrite: true);
        _completed = true;
    }

    /// <summary>Closes the file; deletes it unless it was completed.</summary>
    public void Dispose()
    {
        _file.Dispose();
        if (!_completed)
        {
            File.Delete(TemporaryPath);
        }
    }

    private static byte[] Header(TensorSpec[] tensors)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            long offset = 0;
            foreach (var tensor in tensors)
            {
                json.WriteStartObject(tensor.Name);
                json.WriteString("dtype", Code(tensor.Type));
                json.WriteStartArray("shape");
                foreach (long dimension in tensor.Shape)
                {
                    json.WriteNumberValue(dimension);
                }

                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                offset += tensor.ByteCount;
                json.WriteNumberValue(offset);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        while (buffer.Length % Alignment != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static string Code(TensorType type) => type switch
    {
        TensorType.Bool => "BOOL",
        TensorType.UInt8 => "U8",
        TensorType.Int8 => "I8",
        TensorType.Int16 => "I16",
        TensorType.UInt16 => "U16",
        TensorType.Float16 => "F16",
        TensorType.BFloat16 => "BF16",
        TensorType.Int32 => "I32",
        TensorType.UInt32 => "U32",
        TensorType.Float32 => "F32",
        TensorType.Int64 => "I64",
        TensorType.UInt64 => "U64",
        _ => "F64",
    };

    /// <summary>The order of the Rust library's type list, which grows with the element size.</summary>
    private static int Rank(TensorType type) => type switch
    {
        TensorType.Bool => 0,
        TensorType.UInt8 => 1,
        TensorType.Int8 => 2,
        TensorType.Int16 => 3,
        TensorType.UInt16 => 4,
        TensorType.Float16 => 5,
        TensorType.BFloat16 => 6,
        TensorType.Int32 => 7,
        TensorType.UInt32 => 8,
        TensorType.Float32 => 9,
        TensorType.Float64 => 10,
        TensorType.Int64 => 11,
        _ => 12,
    };

    /// <summary>One tensor's place in the file and how much of it is written.</summary>
    private sealed class Extent(long offset, long length)
    {
        public long Offset { get; } = offset;

        public long Length { get; } = length;

        public long Written { get; set; }
    }

    /// <summary>Compares names by their UTF-8 bytes, as Rust does; UTF-16 code units order surrogates differently.</summary>
    private sealed class Utf8Order : IComparer<string>
    {
        public static Utf8Order Instance { get; } = new();

        public int Compare(string? x, string? y) =>
            System.Text.Encoding.UTF8.GetBytes(x!).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes(y!));
    }
}
