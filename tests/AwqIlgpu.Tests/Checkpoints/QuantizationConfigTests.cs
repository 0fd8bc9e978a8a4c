using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Tests.Checkpoints;

public class QuantizationConfigTests
{
    [Theory]
    [InlineData("GEMM", WeightLayout.Gemm)]
    [InlineData("gemv", WeightLayout.Gemv)]
    [InlineData("Gemv_Fast", WeightLayout.GemvFast)]
    [InlineData("exllama", WeightLayout.Gemm)]
    public void Read_AutoAwq_GivesSizeAndLayout(string version, object layout)
    {
        var config = Read("{\"quantization_config\":{\"quant_method\":\"awq\",\"bits\":4,\"group_size\":-1,\"zero_point\":true,\"version\":\"" + version + "\",\"modules_to_not_convert\":[\"gate\"]}}")!;

        Assert.Equal((-1, false, (WeightLayout)layout), (config.GroupSize, config.Symmetric, config.Layout));
        Assert.Equal(["gate"], config.ModulesToNotConvert);
    }

    [Fact]
    public void Read_LlmAwqBackend_IsGemvFast() => Assert.Equal(
        WeightLayout.GemvFast,
        Read("""{"quantization_config":{"quant_method":"awq","bits":4,"group_size":128,"zero_point":true,"version":"gemm","backend":"llm-awq"}}""")!.Layout);

    [Fact]
    public void Read_OldFile_IsUsedWhereConfigSaysNothing()
    {
        using var folder = new TempCheckpoint();
        folder.Write("quant_config.json", """{"w_bit":4,"q_group_size":64,"zero_point":true,"version":"GEMM"}""");

        var config = QuantizationConfig.Read(ConfigReader.Open(folder.Folder, "config.json"), folder.Folder)!;

        Assert.Equal((64, WeightLayout.Gemm, "quant_config.json"), (config.GroupSize, config.Layout, config.File));
    }

    [Theory]
    [InlineData("""{"num_bits":4,"type":"int","symmetric":true,"strategy":"group","group_size":128,"actorder":"weight"}""", 128, true)]
    [InlineData("""{"num_bits":4,"type":"int","symmetric":false,"strategy":"channel","group_size":null,"dynamic":false,"observer":"minmax"}""", -1, false)]
    [InlineData("""{"num_bits":4,"type":"int","strategy":"channel","group_size":-1}""", -1, true)]
    [InlineData("""{"num_bits":4,"type":"int","group_size":32}""", 32, true)]
    public void Read_CompressedTensors_GivesSizeAndSymmetry(string weights, int groupSize, bool symmetric)
    {
        string group = "{\"targets\":[\"Linear\"],\"input_activations\":null,\"weights\":" + weights + "}";
        string text = "{\"quantization_config\":{\"quant_method\":\"compressed-tensors\",\"format\":\"pack-quantized\",\"ignore\":[\"lm_head\"],\"config_groups\":{\"a\":" + group + ",\"b\":" + group
            + "},\"kv_cache_scheme\":null,\"sparsity_config\":{\"format\":\"dense\",\"targets\":[]},\"transform_config\":{},\"version\":\"0.19.0\"}}";

        var config = Read(text)!;

        Assert.Equal((groupSize, symmetric, WeightLayout.CompressedTensors), (config.GroupSize, config.Symmetric, config.Layout));
    }

    [Fact]
    public void Read_Nothing_IsNull() => Assert.Null(Read("{}"));

    private static QuantizationConfig? Read(string json)
    {
        using var folder = new TempCheckpoint(json);
        return QuantizationConfig.Read(ConfigReader.Open(folder.Folder, "config.json"), folder.Folder);
    }
}
