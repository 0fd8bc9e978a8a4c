using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace AwqIlgpu.Checkpoints;

/// <summary>One open safetensors file: its header, and reads at given places. It is never mapped into memory, so what is read is what is resident.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;

    private readonly SafeFileHandle _handle;

    private SafetensorsFile(string path, SafeFileHandle handle, Dictionary<string, TensorInfo> tensors)
    {
        Path = path;
        _handle = handle;
        Tensors = tensors;
    }

    public string Path { get; }

    public IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Opens a file and checks its header against the format's rules and the file's length.</summary>
    /// <exception cref="InvalidDataException">The file breaks a rule of the format.</exception>
    /// <exception cref="NotSupportedException">A tensor's dtype is not read here.</exception>
    public static SafetensorsFile Open(string path)
    {
        var handle = File.OpenHandle(path);
        try
        {
            string file = System.IO.Path.GetFileName(path);
            long length = RandomAccess.GetLength(handle);
            if (length < LengthBytes)
            {
                throw new InvalidDataException($"{file} has {length} bytes; a safetensors file begins with {LengthBytes} bytes of header length.");
            }

            Span<byte> prefix = stackalloc byte[LengthBytes];
            Fill(handle, prefix, 0, file);
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (headerLength > SafetensorsHeader.MaxBytes || (long)headerLength > length - LengthBytes)
            {
                throw new InvalidDataException($"{file}: the header is said to have {headerLength} bytes; the file has {length}, and the format allows {SafetensorsHeader.MaxBytes}. The file is cut off or no safetensors file.");
            }

            var header = new byte[headerLength];
            Fill(handle, header, LengthBytes, file);
            long dataStart = LengthBytes + header.Length;
            return new SafetensorsFile(path, handle, SafetensorsHeader.Parse(header, path, dataStart, length - dataStart));
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Fills <paramref name="destination"/> from the file, starting at byte <paramref name="offset"/> of it. May be called from several threads.</summary>
    /// <exception cref="InvalidDataException">The file ends earlier (it was shortened after it was opened).</exception>
    public void Read(long offset, Span<byte> destination) => Fill(_handle, destination, offset, System.IO.Path.GetFileName(Path));

    public void Dispose() => _handle.Dispose();

    private static void Fill(SafeFileHandle handle, Span<byte> destination, long offset, string file)
    {
        while (destination.Length > 0)
        {
            int read = RandomAccess.Read(handle, destination, offset);
            if (read == 0)
            {
                throw new InvalidDataException($"{file} ends at byte {offset}; {destination.Length} more bytes were expected.");
            }

            offset += read;
            destination = destination[read..];
        }
    }
}
