namespace AwqIlgpu.Tests;

/// <summary>Where test data lies: small goldens under this project, large ones in the folder <c>shared</c> beside the checkout.</summary>
public static class TestData
{
    /// <summary>The checkout: the first folder upwards that holds the solution.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Goldens that travel with the repository.</summary>
    public static string Golden(params string[] path) => Path.Combine([Repository, "tests", "Golden", .. path]);

    /// <summary>The folder of large goldens and models beside the checkout; tests that need it carry <see cref="SharedFactAttribute"/>.</summary>
    public static string Shared(params string[] path) => Path.Combine([Path.GetDirectoryName(Repository)!, "shared", .. path]);

    private static string FindRepository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "AwqIlgpu.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new DirectoryNotFoundException($"No AwqIlgpu.sln above {AppContext.BaseDirectory}.");
    }
}

/// <summary>A test that reads the shared folder; skipped where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = SharedFolder.SkipReason;
}

/// <summary>A theory whose cases are read from the shared folder; skipped where it is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = SharedFolder.SkipReason;
}

internal static class SharedFolder
{
    public static string? SkipReason { get; } = Directory.Exists(TestData.Shared("goldens")) ? null : $"{TestData.Shared()} is not here; it holds the large goldens";
}
