namespace AwqIlgpu.Cli;

/// <summary>Where models lie.</summary>
internal static class ModelFolder
{
    /// <summary>The demo model inside the tool.</summary>
    public static string Demo => Path.Combine(AppContext.BaseDirectory, "demo");

    /// <summary>The folder that a command line names, or the demo model.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    public static string Resolve(string? given) =>
        given is null ? Demo
        : Directory.Exists(given) ? given
        : throw new DirectoryNotFoundException($"There is no folder {given}; expected a model folder with config.json and safetensors.");
}
