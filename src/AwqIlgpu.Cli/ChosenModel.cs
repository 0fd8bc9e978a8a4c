namespace AwqIlgpu.Cli;

/// <summary>A model folder, or a shape.</summary>
/// <param name="Name">The folder or the shape.</param>
/// <param name="RandomWeights">How a shape's weights are stored; null for a folder.</param>
internal sealed record ChosenModel(string Name, WeightFormat? RandomWeights)
{
    public MemoryPlan Plan(LanguageModelOptions options) =>
        RandomWeights is { } format ? MemoryPlan.OfShape(Name, format, options) : MemoryPlan.OfFolder(Name, options);

    public LanguageModel Open(LanguageModelOptions options, IProgress<LoadProgress> progress) =>
        RandomWeights is { } format ? LanguageModel.OpenShape(Name, format, options, progress) : LanguageModel.Open(Name, options, progress);
}
