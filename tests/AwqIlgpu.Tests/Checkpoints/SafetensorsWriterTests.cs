using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Tests.Checkpoints;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("awq-writer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Complete_TensorsOfAGoldenFileInAnyOrder_GivesTheRustLibrarysBytes()
    {
        string source = TestData.Golden("quantizer", "pseudo_quantize.safetensors");
        var golden = new GoldenFile(source);
        string[] names = [.. golden.Names];
        new Random(1).Shuffle(names);
        string path = Path.Combine(_folder, "model.safetensors");
        using (var writer = new SafetensorsWriter(path, names.Select(n => new TensorSpec(n, TypeOf(golden.Type(n)), [.. golden.Shape(n).Select(d => (long)d)]))))
        {
            foreach (string name in names)
            {
                writer.Append(name, golden.Bytes(name)[..1]);
            }

            Assert.False(File.Exists(path));
            foreach (string name in names)
            {
                writer.Append(name, golden.Bytes(name)[1..]);
            }

            writer.Complete();
        }

        Assert.True(File.ReadAllBytes(source).AsSpan().SequenceEqual(File.ReadAllBytes(path)));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Complete_EveryTypeAndShape_ReadsBackWhole()
    {
        string path = Path.Combine(_folder, "types.safetensors");
        TensorSpec[] specs = [.. Enum.GetValues<TensorType>().Select(t => new TensorSpec($"größe \"{t}\"", t, [3])), new("scalar", TensorType.Float32, []), new("empty", TensorType.Float16, [0, 5])];
        using (var writer = new SafetensorsWriter(path, specs))
        {
            foreach (var (i, spec) in specs.Index())
            {
                var data = new byte[spec.ByteCount];
                Array.Fill(data, (byte)i);
                writer.Append(spec.Name, data);
            }

            writer.Complete();
        }

        var file = new GoldenFile(path);
        Assert.Equal(specs.Length, file.Names.Count());
        foreach (var (i, spec) in specs.Index())
        {
            Assert.Equal(spec.Type, TypeOf(file.Type(spec.Name)));
            Assert.Equal(spec.ByteCount, file.Bytes(spec.Name).Length);
            Assert.True(file.Bytes(spec.Name).IndexOfAnyExcept((byte)i) < 0);
        }
    }

    [Fact]
    public void Complete_TensorNotWhole_ThrowsAndLeavesTheOldFile()
    {
        string path = Path.Combine(_folder, "model.safetensors");
        File.WriteAllText(path, "old");
        using (var writer = new SafetensorsWriter(path, [new("a", TensorType.UInt8, [4])]))
        {
            writer.Append("a", [1, 2, 3]);
            var error = Assert.Throws<InvalidOperationException>(writer.Complete);
            Assert.Contains("3 of 4 bytes of a", error.Message, StringComparison.Ordinal);
        }

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Append_MoreThanTheShapeOrUnknownName_Throws()
    {
        using var writer = new SafetensorsWriter(Path.Combine(_folder, "model.safetensors"), [new("a", TensorType.UInt8, [4])]);
        Assert.Throws<ArgumentException>(() => writer.Append("a", new byte[5]));
        Assert.Throws<ArgumentException>(() => writer.Append("b", []));
    }

    [Fact]
    public void Constructor_SameNameTwice_ThrowsAndLeavesNoFile()
    {
        Assert.Throws<ArgumentException>(() => new SafetensorsWriter(Path.Combine(_folder, "m"), [new("a", TensorType.UInt8, [1]), new("a", TensorType.Int8, [1])]));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private static TensorType TypeOf(string code) => code switch
    {
        "BOOL" => TensorType.Bool,
        "U8" => TensorType.UInt8,
        "I8" => TensorType.Int8,
        "I16" => TensorType.Int16,
        "U16" => TensorType.UInt16,
        "F16" => TensorType.Float16,
        "BF16" => TensorType.BFloat16,
        "I32" => TensorType.Int32,
        "U32" => TensorType.UInt32,
        "F32" => TensorType.Float32,
        "I64" => TensorType.Int64,
        "U64" => TensorType.UInt64,
        _ => TensorType.Float64,
    };
}
