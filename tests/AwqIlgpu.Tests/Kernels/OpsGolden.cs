using System.Text.Json;

namespace AwqIlgpu.Tests.Kernels;

/// <summary>One file of the goldens of operations, with its parameters.</summary>
internal sealed class OpsGolden
{
    private readonly JsonElement _parameters;

    public OpsGolden(string name)
    {
        File = new GoldenFile(TestData.Golden("ops", name + ".safetensors"));
        using var document = JsonDocument.Parse(System.IO.File.ReadAllText(TestData.Golden("ops", name + ".json")));
        _parameters = document.RootElement.Clone();
    }

    public GoldenFile File { get; }

    public IEnumerable<string> Cases => _parameters.EnumerateObject().Select(c => c.Name);

    public JsonElement Parameters(string name) => _parameters.GetProperty(name);
}
