using AwqIlgpu.Checkpoints;
using AwqIlgpu.Quantization;
using AwqIlgpu.Quantization.Packing;

namespace AwqIlgpu.Tests.Quantization;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("awqilgpu-folder-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Several files and an index, which are read back as they were; a tensor larger than a file has one of its own.</summary>
    [Fact]
    public void WriteShards_MoreThanAFileHolds_AreReadBackByTheirIndex()
    {
        int[] sizes = [6, 3, 4, 40, 1, 2];
        string part = Path.Combine(_folder, "part.safetensors");
        CheckpointFolder.WritePart(part, [.. sizes.Select((size, i) => PackedTensor.Create($"t{i}", TensorType.Float16, [.. Enumerable.Repeat((ushort)i, size)], size))]);
        string result = Directory.CreateDirectory(Path.Combine(_folder, "result")).FullName;

        Assert.Equal((2 * sizes.Sum(), sizes.Length), CheckpointFolder.WriteShards(result, [part], maxShardBytes: 20));

        Assert.Equal(4, Directory.GetFiles(result, "model-*-of-00004.safetensors").Length);
        File.WriteAllText(Path.Combine(result, "config.json"), "{}");
        using var checkpoint = Checkpoint.Open(result);
        Assert.Equal(sizes.Length, checkpoint.Tensors.Count);
        for (int i = 0; i < sizes.Length; i++)
        {
            var bytes = new byte[2 * sizes[i]];
            checkpoint.Read(checkpoint.Tensor($"t{i}"), 0, bytes);
            Assert.Equal(Enumerable.Repeat(new[] { (byte)i, (byte)0 }, sizes[i]).SelectMany(b => b), bytes);
        }
    }
}
