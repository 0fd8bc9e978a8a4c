using System.Text;
using System.Text.Json;
using AwqIlgpu.Models.Architectures;

namespace AwqIlgpu.Tests.Models;

/// <summary>The README's table of families is written from the architectures that can be read and from <c>families.json</c>.</summary>
public sealed class FamilyTableTests
{
    private const string Begin = "<!-- families -->\n";
    private const string End = "<!-- /families -->\n";

    private static readonly Family[] s_families = Read();

    [Fact]
    public void Families_File_NamesEveryArchitecture() => Assert.Equal(Architecture.Supported, s_families.Select(f => f.ModelType));

    [SharedFact]
    public void Families_Goldens_AreAllThereAre()
    {
        string root = TestData.Shared("goldens", "models");
        Assert.Equal(Directory.GetDirectories(root).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal), s_families.SelectMany(f => f.Goldens).Order(StringComparer.Ordinal));
        foreach (var family in s_families)
        {
            Assert.All(family.Goldens, golden => Assert.Equal(family.ModelType, ModelType(Path.Combine(root, golden, "awq"))));
        }
    }

    [Fact]
    public void Readme_Table_IsTheGeneratedOne()
    {
        string path = Path.Combine(TestData.Repository, "README.md");
        string readme = File.ReadAllText(path);
        int begin = readme.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = readme.IndexOf(End, StringComparison.Ordinal);
        Assert.True(begin >= Begin.Length && end >= begin, $"{path} has no lines {Begin.Trim()} and {End.Trim()} around the table of families.");
        string table = Table();
        Assert.True(readme[begin..end] == table, $"The table of families in {path} is not the generated one. Put this between {Begin.Trim()} and {End.Trim()}:\n{table}");
    }

    private static string Table()
    {
        var table = new StringBuilder("| `model_type` | models | what they need | goldens |\n|---|---|---|---|\n");
        foreach (var family in s_families)
        {
            string goldens = family.Goldens.Length == 0 ? "none" : string.Join(", ", family.Goldens);
            table.Append($"| `{family.ModelType}` | {family.Name} | {family.Features} | {goldens} |\n");
        }

        return table.ToString();
    }

    private static Family[] Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TestData.Repository, "tests", "AwqIlgpu.Tests", "Models", "families.json")));
        return [.. document.RootElement.EnumerateArray().Select(f => new Family(
            f.GetProperty("model_type").GetString()!,
            f.GetProperty("family").GetString()!,
            f.GetProperty("features").GetString()!,
            [.. f.GetProperty("goldens").EnumerateArray().Select(g => g.GetString()!)]))];
    }

    private static string ModelType(string folder)
    {
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        return config.RootElement.GetProperty("model_type").GetString()!;
    }

    private sealed record Family(string ModelType, string Name, string Features, string[] Goldens);
}
