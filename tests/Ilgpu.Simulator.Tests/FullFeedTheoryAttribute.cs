namespace Ilgpu.Simulator.Tests;

/// <summary>A theory that needs the real ILGPU beside the tests, as a build with -p:FullFeed=true puts it.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class FullFeedTheoryAttribute : TheoryAttribute
{
    public FullFeedTheoryAttribute()
    {
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, "ILGPU.dll")))
        {
            Skip = "ILGPU is not built with; pass -p:FullFeed=true.";
        }
    }
}
