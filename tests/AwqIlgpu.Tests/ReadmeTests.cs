namespace AwqIlgpu.Tests;

/// <summary>The README's library example compiles, runs, and is the one printed there.</summary>
public sealed class ReadmeTests
{
    [Fact]
    public async Task Example_DemoModel_WritesTheStory()
    {
        string folder = Path.Combine(TestData.Repository, "src", "AwqIlgpu.Cli", "demo");
        var Console = new StringWriter();
        // README example
        using var model = LanguageModel.Open(folder);
        await foreach (var token in model.ChatAsync("Tell me a story about a fox named Ada."))
        {
            Console.Write(token.Text);
        }
        // README example

        Assert.StartsWith("Ada was a lively fox", Console.ToString());
    }

    [Fact]
    public void Example_Readme_IsTheTestedOne()
    {
        string source = File.ReadAllText(Path.Combine(TestData.Repository, "tests", "AwqIlgpu.Tests", "ReadmeTests.cs"));
        string[] lines = source.Split("        // README example\n")[1].TrimEnd('\n').Split('\n');
        string example = string.Join('\n', lines.Select(l => l.Length > 8 ? l[8..] : l));
        Assert.Contains("```csharp\nusing AwqIlgpu;\n\n" + example + "\n```", File.ReadAllText(Path.Combine(TestData.Repository, "README.md")));
    }
}
