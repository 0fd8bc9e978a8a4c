using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Models;

/// <summary>Configurations of well-known models, for planning and timing without their files; each is the model's public config.json without what changes nothing.</summary>
internal static class ModelShape
{
    private const string Folder = "Shapes/";
    private const string Ending = ".json";

    /// <summary>The names, in alphabetical order.</summary>
    public static IEnumerable<string> Names => typeof(ModelShape).Assembly.GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .Select(name => name[Folder.Length..^Ending.Length])
        .Order(StringComparer.Ordinal);

    /// <summary>Opens a shape by its name, or any config.json by its path.</summary>
    /// <exception cref="ArgumentException">The text is neither.</exception>
    /// <exception cref="InvalidDataException">The file is broken.</exception>
    public static ConfigReader Open(string nameOrPath)
    {
        using var resource = typeof(ModelShape).Assembly.GetManifestResourceStream(Folder + nameOrPath + Ending);
        if (resource is not null)
        {
            byte[] json = new byte[resource.Length];
            resource.ReadExactly(json);
            return ConfigReader.Parse(json, nameOrPath);
        }

        return File.Exists(nameOrPath)
            ? ConfigReader.Open(Path.GetDirectoryName(Path.GetFullPath(nameOrPath))!, Path.GetFileName(nameOrPath))
            : throw new ArgumentException($"There is no shape \"{nameOrPath}\", and no such file. Shapes: {string.Join(", ", Names)}; or the path of a config.json.", nameof(nameOrPath));
    }
}
