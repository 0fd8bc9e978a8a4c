using System.Buffers.Binary;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Tests.Checkpoints;

public class CheckpointTests
{
    [Fact]
    public void Open_Shards_HasTheTensorsOfAll()
    {
        using var folder = new TempCheckpoint();
        folder.AddHalves("a", [2], 1, 2).Save("model-00001-of-00002.safetensors");
        folder.AddHalves("b", [1, 2], 3, 4).AddZeros("empty", "F16", 0, 5).Save("model-00002-of-00002.safetensors");
        folder.Write(ShardIndex.FileName, """
            {"metadata":{"total_size":8,"lm_head.weight":"a"},
             "weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors","empty":"model-00002-of-00002.safetensors"}}
            """);

        using var checkpoint = Checkpoint.Open(folder.Folder);

        Assert.Equal(["a", "b", "empty"], checkpoint.Tensors.Keys.Order());
        Assert.Equal([1, 2], checkpoint.Tensor("b").Shape);
        Assert.Equal([3f, 4f], ReadAll(checkpoint, "b"));
        Assert.Equal([1f, 2f], ReadAll(checkpoint, "a"));
        Assert.Empty(ReadAll(checkpoint, "empty"));
    }

    [Fact]
    public void Open_TiedHeader_HasNoAliasTensor()
    {
        using var folder = new TempCheckpoint();
        folder.WriteFile("model.safetensors", """{"__metadata__":{"format":"pt","lm_head.weight":"e.weight"},"e.weight":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}   """, [0, 0x3C]);

        using var checkpoint = Checkpoint.Open(folder.Folder);

        Assert.Equal(["e.weight"], checkpoint.Tensors.Keys);
        Assert.False(checkpoint.HasTensor("lm_head.weight"));
        Assert.Equal([1f], ReadAll(checkpoint, "e.weight"));
    }

    [Fact]
    public void Open_NoFolder_Throws() => Assert.Throws<DirectoryNotFoundException>(() => Checkpoint.Open(Path.Combine(Path.GetTempPath(), "no such folder of awqilgpu")));

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    [InlineData("F32")]
    public void ReadFloats_AnyPiece_IsExact(string dtype)
    {
        const int Count = 100;
        var bytes = new byte[Count * 4];
        var expected = new float[Count];
        var random = new Random(2);
        for (int i = 0; i < Count; i++)
        {
            float value = (float)((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-7, 5)));
            expected[i] = dtype switch
            {
                "F16" => (float)(Half)value,
                "BF16" => BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000),
                _ => value,
            };
            switch (dtype)
            {
                case "F16":
                    BinaryPrimitives.WriteHalfLittleEndian(bytes.AsSpan(2 * i), (Half)expected[i]);
                    break;
                case "BF16":
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * i), (ushort)(BitConverter.SingleToUInt32Bits(expected[i]) >> 16));
                    break;
                default:
                    BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), expected[i]);
                    break;
            }
        }

        using var folder = new TempCheckpoint();
        folder.Add("t", dtype, [4, 25], bytes.AsSpan(0, Count * (dtype == "F32" ? 4 : 2))).Save();
        using var checkpoint = Checkpoint.Open(folder.Folder);
        for (int first = 0; first < Count; first += 7)
        {
            for (int length = 0; length <= Count - first; length++)
            {
                var actual = new float[length];
                checkpoint.ReadFiniteFloats(checkpoint.Tensor("t"), first, actual);
                Assert.True(expected.AsSpan(first, length).SequenceEqual(actual), $"{length} from {first}");
            }
        }
    }

    [Fact]
    public void ReadFloats_OutsideTheTensor_Throws()
    {
        using var folder = new TempCheckpoint();
        using var checkpoint = Checkpoint.Open(folder.AddHalf("t", 1, 8).AddHalf("u", 1, 8).Save().Folder);
        var tensor = checkpoint.Tensor("t");

        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.ReadFloats(tensor, 1, new float[8]));
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.ReadFloats(tensor, -1, new float[1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => checkpoint.Read(tensor, 0, new byte[17]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    [InlineData(32)]
    [InlineData(36)]
    public void ReadFiniteFloats_NaN_IsNamed(int index)
    {
        var values = new double[37];
        values[index] = double.NaN;
        using var folder = new TempCheckpoint();
        using var checkpoint = Checkpoint.Open(folder.AddHalves("norm.weight", [37], values).Save().Folder);

        var exception = Assert.Throws<InvalidDataException>(() => checkpoint.ReadFiniteFloats(checkpoint.Tensor("norm.weight"), 0, new float[37]));

        Assert.Equal($"norm.weight[{index}] is NaN; expected a finite number.", exception.Message);
    }

    [Fact]
    public void Tensor_Missing_NamesTheNearest()
    {
        using var folder = new TempCheckpoint();
        folder.AddHalf("model.layers.0.mlp.up_proj.weight", 0, 1).AddHalf("model.embed_tokens.weight", 0, 1).AddHalf("lm_head.weight", 0, 1).AddHalf("model.layers.10.mlp.up_proj.weight", 0, 1);
        using var checkpoint = Checkpoint.Open(folder.Save().Folder);

        var exception = Assert.Throws<InvalidDataException>(() => checkpoint.Tensor("model.layers.1.mlp.up_proj.weight"));

        Assert.Contains("the nearest of 4 names: model.layers.10.mlp.up_proj.weight, model.layers.0.mlp.up_proj.weight,", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Linear_Float_IsDescribed()
    {
        using var folder = new TempCheckpoint();
        using var checkpoint = Checkpoint.Open(folder.AddHalf("p.weight", 1, 3, 5).AddHalf("p.bias", 1, 3).Save().Folder);

        Assert.Equal(new LinearInfo("p", WeightLayout.Float, 3, 5, 0, TensorType.Float16, HasBias: true), checkpoint.Linear("p", 3, 5));
    }

    private static float[] ReadAll(Checkpoint checkpoint, string name)
    {
        var tensor = checkpoint.Tensor(name);
        var values = new float[tensor.ElementCount];
        checkpoint.ReadFloats(tensor, 0, values);
        return values;
    }
}
