using System.CommandLine;

namespace AwqIlgpu.Cli.Options;

/// <summary>Which model a command plans or measures: a folder, or a shape with random weights.</summary>
internal sealed class ShapeOptions
{
    private readonly Argument<string?> _folder = CommonOptions.Model();
    private readonly Option<string?> _shape = TypedOption.Text("--shape", "NAME", $"A known shape in place of a folder: {string.Join(", ", LanguageModel.Shapes)}, or the path of a config.json.");
    private readonly Option<WeightFormat?> _weights = TypedOption.Choice("--weights", "How the weights of a shape are stored. Default: awq.", ("awq", WeightFormat.Awq), ("fp16", WeightFormat.Fp16));

    public void AddTo(Command command)
    {
        command.Add(_folder);
        command.Add(_shape);
        command.Add(_weights);
    }

    /// <summary>The model that a command line names.</summary>
    public ChosenModel Read(ParseResult parse)
    {
        string? folder = parse.GetValue(_folder);
        string? shape = parse.GetValue(_shape);
        if (folder is not null && shape is not null)
        {
            throw new UsageException("There are a MODEL and a --shape; give one of them.");
        }

        if (shape is null && parse.GetValue(_weights) is not null)
        {
            throw new UsageException("--weights is for --shape; a folder's weights are as its files hold them.");
        }

        return new ChosenModel(shape is null ? ModelFolder.Resolve(folder) : shape, shape is null ? null : parse.GetValue(_weights) ?? WeightFormat.Awq);
    }
}
