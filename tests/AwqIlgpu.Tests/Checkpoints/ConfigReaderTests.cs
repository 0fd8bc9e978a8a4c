using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Tests.Checkpoints;

public class ConfigReaderTests
{
    [Fact]
    public void Getters_RightKinds_GiveTheValues()
    {
        var config = Parse("""
            {"hidden_size":4096,"computed":4096.0,"theta":1e6,"tied":true,"model_type":"llama","none":null,
             "types":["a","b"],"factors":[1,2.5],"eos":[1,2],"one_eos":3,"rope_scaling":{"factor":8}}
            """);

        Assert.Equal(4096, config.Int("hidden_size"));
        Assert.Equal(4096, config.Int("computed"));
        Assert.Equal(1e6, config.Float("theta"));
        Assert.Equal(4096.0, config.Float("hidden_size"));
        Assert.True(config.Bool("tied"));
        Assert.Equal("llama", config.String("model_type"));
        Assert.Equal(["a", "b"], config.OptionalStrings("types")!);
        Assert.Equal([1, 2.5], config.OptionalFloats("factors")!);
        Assert.Equal([1, 2], config.OptionalIntOrInts("eos")!);
        Assert.Equal([3], config.OptionalIntOrInts("one_eos")!);
        Assert.Equal(8, config.Object("rope_scaling").Int("factor"));
        Assert.Null(config.OptionalInt("none"));
        Assert.Null(config.OptionalFloat("absent"));
        Assert.Null(config.OptionalObject("none"));
        Assert.False(config.Has("none"));
        config.RefuseUnknown();
    }

    [Theory]
    [InlineData("-4", "config.json: k is -4; expected a positive integer.")]
    [InlineData("0", "config.json: k is 0; expected a positive integer.")]
    [InlineData("1.5", "config.json: k is 1.5; expected a positive integer.")]
    [InlineData("2147483648", "config.json: k is 2147483648; expected a positive integer.")]
    [InlineData("1e400", "config.json: k is 1e400; expected a positive integer.")]
    [InlineData("\"7\"", "config.json: k is \"7\"; expected a positive integer.")]
    [InlineData("true", "config.json: k is true; expected a positive integer.")]
    [InlineData("[1]", "config.json: k is [1]; expected a positive integer.")]
    [InlineData("null", "config.json: k is missing.")]
    public void Int_Wrong_Throws(string value, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => Parse($"{{\"k\":{value}}}").Int("k")).Message);

    [Theory]
    [InlineData("0", "config.json: k is 0; expected a positive number.")]
    [InlineData("-1e-9", "config.json: k is -1e-9; expected a positive number.")]
    [InlineData("1e400", "config.json: k is 1e400; expected a positive number.")]
    [InlineData("{\"__float__\":\"Infinity\"}", "config.json: k is {\"__float__\":\"Infinity\"}; expected a positive number.")]
    public void Float_Wrong_Throws(string value, string message) =>
        Assert.Equal(message, Assert.Throws<InvalidDataException>(() => Parse($"{{\"k\":{value}}}").Float("k", double.Epsilon)).Message);

    [Fact]
    public void OtherGetters_WrongKinds_Throw()
    {
        var config = Parse("""{"n":1,"s":"x","l":[1,"x"],"o":{"n":-1}}""");

        AssertWrong("config.json: n is 1; expected true or false.", () => config.Bool("n"));
        AssertWrong("config.json: n is 1; expected a text.", () => config.String("n"));
        AssertWrong("config.json: n is 1; expected an object.", () => config.Object("n"));
        AssertWrong("config.json: n is 1; expected a list.", () => config.OptionalFloats("n"));
        AssertWrong("config.json: l is \"x\"; expected a positive integer.", () => config.OptionalInts("l"));
        AssertWrong("config.json: o.n is -1; expected an integer of 0 to 5.", () => config.Object("o").Int("n", 0, 5));
        AssertWrong("config.json: o.m is missing.", () => config.Object("o").Bool("m"));
    }

    [Fact]
    public void RefuseUnknown_UnreadKeys_NamesAllOfThem()
    {
        var config = Parse("""
            {"read":1,"alibi":true,"nothing":null,"dropout":0.1,"is_encoder_decoder":false,"pruned_heads":{},
             "rope_interleaved":true,"sub":{"a":1,"b":2},"whole":{"c":1}}
            """);
        config.Int("read");
        config.Object("sub").Int("a");
        config.Ignore("whole");

        var exception = Assert.Throws<NotSupportedException>(config.RefuseUnknown);

        Assert.EndsWith(": config.json: alibi; config.json: rope_interleaved; config.json: sub.b.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_OtherValue_Throws()
    {
        var config = Parse("""{"flag":true,"number":2,"name":"x","list":[1],"off":false,"empty":[]}""");

        config.Only("flag", supported: true);
        config.Only("absent", supported: true);
        config.Only("number", 2);
        config.Only("name", "y", "x");
        config.OnlyEmpty("empty");
        Assert.Equal("config.json: flag is true, which is not supported. Supported: false.", Assert.Throws<NotSupportedException>(() => config.Only("flag", supported: false)).Message);
        Assert.Throws<NotSupportedException>(() => config.Only("number", 1));
        Assert.Equal("config.json: name is \"x\", which is not supported. Supported: y, z.", Assert.Throws<NotSupportedException>(() => config.Only("name", "y", "z")).Message);
        Assert.Throws<NotSupportedException>(() => config.OnlyEmpty("list"));
    }

    private static void AssertWrong(string message, Func<object?> action) => Assert.Equal(message, Assert.Throws<InvalidDataException>(action).Message);

    private static ConfigReader Parse(string json)
    {
        using var folder = new TempCheckpoint(json);
        return ConfigReader.Open(folder.Folder, "config.json");
    }
}
