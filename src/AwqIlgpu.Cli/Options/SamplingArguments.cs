using System.CommandLine;

namespace AwqIlgpu.Cli.Options;

/// <summary>The options that decide how an answer goes on; what is left out, the model's generation_config.json decides.</summary>
internal sealed class SamplingArguments
{
    private readonly Option<double?> _temperature = TypedOption.Number("--temperature", "Divides the logits; 0 takes the most likely token.");
    private readonly Option<int?> _topK = TypedOption.Integer("--top-k", "Only this many of the most likely tokens; 0 is off.", 0);
    private readonly Option<double?> _topP = TypedOption.Number("--top-p", "Only the most likely tokens that add up to this probability; 1 is off.");
    private readonly Option<double?> _minP = TypedOption.Number("--min-p", "Only tokens at least this many times as likely as the most likely one; 0 is off.");
    private readonly Option<double?> _repetitionPenalty = TypedOption.Number("--repetition-penalty", "Makes tokens that were there less likely; 1 is off.");
    private readonly Option<long?> _seed = TypedOption.Long("--seed", "The same seed gives the same tokens.");
    private readonly Option<string[]> _stop = new("--stop") { HelpName = "S", Description = "Ends the answer and is cut off; repeatable." };
    private readonly Option<bool> _ignoreEos = new("--ignore-eos") { Description = "Go on after the model's end token." };

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_temperature, _topK, _topP, _minP, _repetitionPenalty, _seed, _stop, _ignoreEos])
        {
            command.Add(option);
        }
    }

    /// <summary>The options but for the number of tokens.</summary>
    public GenerationOptions Read(ParseResult parse)
    {
        try
        {
            return new GenerationOptions
            {
                Sampling = new SamplingOptions
                {
                    Temperature = parse.GetValue(_temperature),
                    TopK = parse.GetValue(_topK),
                    TopP = parse.GetValue(_topP),
                    MinP = parse.GetValue(_minP),
                    RepetitionPenalty = parse.GetValue(_repetitionPenalty),
                    Seed = parse.GetValue(_seed),
                },
                Stop = parse.GetValue(_stop) ?? [],
                IgnoreEos = parse.GetValue(_ignoreEos),
            };
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UsageException(e.Message[..e.Message.IndexOf(" (Parameter", StringComparison.Ordinal)]);
        }
    }
}
