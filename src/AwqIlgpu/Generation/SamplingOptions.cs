namespace AwqIlgpu;

/// <summary>How the next token is chosen from the model's logits.</summary>
/// <remarks>
/// <para>A member left null is not said: the model's <c>generation_config.json</c> may fill it, and what nobody says is off. With nothing said, the most likely token is taken.</para>
/// <para>Order: repetition penalty, presence and frequency penalty, temperature, top-k, top-p, min-p; each works on what the one before it left.</para>
/// <para>Sources: transformers' logits processors; nucleus sampling arXiv:1904.09751; min-p arXiv:2407.01082; repetition penalty arXiv:1909.05858.</para>
/// </remarks>
public readonly record struct SamplingOptions
{
    /// <summary>The logits are divided by it; 0 takes the most likely token, ties to the lowest id. At least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or not finite.</exception>
    public double? Temperature
    {
        get;
        init => field = Checked(value, value is null or (>= 0 and < double.PositiveInfinity), nameof(Temperature), "a finite number, at least 0 (0 takes the most likely token)");
    }

    /// <summary>Only this many of the most likely tokens stay, and all that tie with the last of them; 0 is off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public int? TopK
    {
        get;
        init => field = Checked(value, value is null or >= 0, nameof(TopK), "at least 0 (0 is off)");
    }

    /// <summary>Only the most likely tokens whose probabilities add up to this stay, with the token that crosses it; 1 is off, 0 keeps one token.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0..1.</exception>
    public double? TopP
    {
        get;
        init => field = Checked(value, value is null or (>= 0 and <= 1), nameof(TopP), "in 0..1 (1 is off)");
    }

    /// <summary>Only tokens at least this many times as likely as the most likely one stay; 0 is off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside 0..1.</exception>
    public double? MinP
    {
        get;
        init => field = Checked(value, value is null or (>= 0 and <= 1), nameof(MinP), "in 0..1 (0 is off)");
    }

    /// <summary>Logits of tokens in the prompt or the answer are divided by it where positive and multiplied where negative; 1 is off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Zero, negative or not finite.</exception>
    public double? RepetitionPenalty
    {
        get;
        init => field = Checked(value, value is null || ((float)value > 0 && float.IsFinite((float)value)), nameof(RepetitionPenalty), "a finite float above 0 (1 is off)");
    }

    /// <summary>Subtracted once from the logit of each token in the prompt or the answer; 0 is off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite.</exception>
    public double? PresencePenalty
    {
        get;
        init => field = Checked(value, value is null || float.IsFinite((float)value), nameof(PresencePenalty), "a finite float (0 is off)");
    }

    /// <summary>Subtracted from a token's logit once for each time it stands in the prompt or the answer; 0 is off.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not finite.</exception>
    public double? FrequencyPenalty
    {
        get;
        init => field = Checked(value, value is null || float.IsFinite((float)value), nameof(FrequencyPenalty), "a finite float (0 is off)");
    }

    /// <summary>With the same seed the same logits give the same tokens, on every platform and beside any other request; null draws a seed.</summary>
    public long? Seed { get; init; }

    /// <summary>These options, with what they do not say taken from <paramref name="other"/>.</summary>
    internal SamplingOptions OrElse(SamplingOptions other) => new()
    {
        Temperature = Temperature ?? other.Temperature,
        TopK = TopK ?? other.TopK,
        TopP = TopP ?? other.TopP,
        MinP = MinP ?? other.MinP,
        RepetitionPenalty = RepetitionPenalty ?? other.RepetitionPenalty,
        PresencePenalty = PresencePenalty ?? other.PresencePenalty,
        FrequencyPenalty = FrequencyPenalty ?? other.FrequencyPenalty,
        Seed = Seed ?? other.Seed,
    };

    private static T Checked<T>(T value, bool valid, string name, string expected) =>
        valid ? value : throw new ArgumentOutOfRangeException(name, $"{name} is {value}; expected {expected}.");
}
