using System.Buffers.Binary;
using System.Text.Json;

namespace AwqIlgpu.Tests.Models;

/// <summary>A copy of a golden model in which every element of one fp16 tensor has another value; deleted at the end of the test.</summary>
internal sealed class ChangedModel : IDisposable
{
    public ChangedModel(string name, string tensor, ushort bits)
    {
        Path = Directory.CreateTempSubdirectory("awqilgpu-tests-").FullName;
        foreach (string file in Directory.GetFiles(TestData.Golden("models", name, "awq")))
        {
            File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
        }

        string weights = System.IO.Path.Combine(Path, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        int headerBytes = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, headerBytes));
        var offsets = header.RootElement.GetProperty(tensor).GetProperty("data_offsets");
        for (int i = 8 + headerBytes + offsets[0].GetInt32(); i < 8 + headerBytes + offsets[1].GetInt32(); i += 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i), bits);
        }

        File.WriteAllBytes(weights, bytes);
    }

    public string Path { get; }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
