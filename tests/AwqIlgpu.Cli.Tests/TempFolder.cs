namespace AwqIlgpu.Cli.Tests;

/// <summary>A folder that is deleted at the end of the test.</summary>
internal sealed class TempFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("awq-cli-tests-").FullName;

    public string PathOf(string file) => Path.Combine(_path, file);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string file, string text)
    {
        File.WriteAllText(PathOf(file), text);
        return PathOf(file);
    }

    /// <summary>Copies files of the demo model and returns the folder.</summary>
    public string CopyDemo(params string[] files)
    {
        foreach (string file in files)
        {
            File.Copy(Path.Combine(ModelFolder.Demo, file), PathOf(file));
        }

        return _path;
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
