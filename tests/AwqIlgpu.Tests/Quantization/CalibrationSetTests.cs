namespace AwqIlgpu.Tests.Quantization;

public class CalibrationSetTests
{
    [Fact]
    public void FromTokens_MoreThanAskedFor_TakesTheFirstAndDropsTheTail()
    {
        var set = CalibrationSet.FromTokens(Enumerable.Range(0, 11), samples: 2, sequence: 4);
        Assert.Equal([[0, 1, 2, 3], [4, 5, 6, 7]], set.Sequences);
        Assert.Equal(2, CalibrationSet.FromTokens(Enumerable.Range(0, 11), samples: 9, sequence: 4).Sequences.Count);
    }

    [Fact]
    public void FromTokens_LessThanASequence_Throws() => Assert.Throws<ArgumentException>(() => CalibrationSet.FromTokens([1, 2, 3], 1, 4));

    [Fact]
    public void Read_JsonLinesOfTokenIds_JoinsThem()
    {
        using var folder = new Checkpoints.TempCheckpoint();
        folder.Write("ids.jsonl", "{\"token_ids\": [1, 2, 3]}\n\n{\"token_ids\": [4, 5]}\n");
        Assert.Equal([[1, 2], [3, 4]], CalibrationSet.Read(folder.PathOf("ids.jsonl"), null, 9, 2).Sequences);
    }

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("{\"ids\": [1]}")]
    [InlineData("{\"token_ids\": [1.5]}")]
    [InlineData("{\"text\": 3}")]
    [InlineData("{\"text\"")]
    public void Read_LineWithoutTextOrIds_SaysWhichLine(string line)
    {
        using var folder = new Checkpoints.TempCheckpoint();
        folder.Write("bad.jsonl", "{\"token_ids\": [1, 2]}\n" + line + "\n");
        var error = Assert.Throws<InvalidDataException>(() => CalibrationSet.Read(folder.PathOf("bad.jsonl"), null, 9, 2));
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_TextWithoutTokenizer_Throws()
    {
        using var folder = new Checkpoints.TempCheckpoint();
        folder.Write("text.txt", "some text");
        Assert.Throws<ArgumentException>(() => CalibrationSet.Read(folder.PathOf("text.txt"), null));
    }
}
