using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Models.Architectures;

/// <summary>Rotary parameters as config.json gives them: <c>rope_theta</c> and <c>rope_scaling</c>, or <c>rope_parameters</c> since transformers 5.</summary>
internal static class Ropes
{
    /// <summary>Reads the parameters.</summary>
    /// <param name="config">config.json.</param>
    /// <param name="headDim">Width of a head; a partial rotary factor makes the rotated part smaller.</param>
    /// <param name="style">Which elements of a head make a pair.</param>
    /// <param name="theta">Base where the config has none.</param>
    /// <param name="partial">Part of a head that is rotated where the config does not say.</param>
    /// <exception cref="NotSupportedException">The rope type is unknown, or it has a key that is.</exception>
    public static RopeParameters Read(ConfigReader config, int headDim, RopeStyle style = RopeStyle.Half, double theta = 10000, double partial = 1) =>
        Read(config, config.OptionalObject("rope_parameters") ?? config.OptionalObject("rope_scaling"), headDim, style, config.OptionalFloat("rope_theta", double.Epsilon) ?? theta, partial);

    /// <summary>Reads the parameters from <paramref name="scaling"/>, an object of the config or null.</summary>
    public static RopeParameters Read(ConfigReader config, ConfigReader? scaling, int headDim, RopeStyle style, double theta, double partial)
    {
        partial = config.OptionalFloat("partial_rotary_factor") ?? partial;
        // Only the first Falcons leave it out, and have no scaling.
        int maxPositions = config.OptionalInt("max_position_embeddings") ?? 2048;
        // Phi-3 has it beside the scaling, and without one too.
        int? configOriginal = config.OptionalInt("original_max_position_embeddings");
        if (scaling is null)
        {
            return new RopeParameters { Theta = theta, RotaryDim = RotaryDim(headDim, partial), Style = style };
        }

        string type = scaling.OptionalString("rope_type") ?? scaling.OptionalString("type") ?? "default";
        // Older files name the type under another key as well.
        scaling.Ignore("type");
        int? original = scaling.OptionalInt("original_max_position_embeddings") ?? configOriginal;
        var rope = new RopeParameters
        {
            Style = style,
            Theta = scaling.OptionalFloat("rope_theta", double.Epsilon) ?? theta,
            RotaryDim = RotaryDim(headDim, scaling.OptionalFloat("partial_rotary_factor") ?? partial),
            OriginalMaxPositions = original ?? maxPositions,
        };
        rope = type switch
        {
            "default" => rope,
            "linear" => rope with { Type = RopeType.Linear, Factor = Factor(scaling) },
            "dynamic" => rope with { Type = RopeType.Dynamic, Factor = Factor(scaling), OriginalMaxPositions = maxPositions },
            "llama3" => rope with
            {
                Type = RopeType.Llama3,
                Factor = Factor(scaling),
                LowFrequencyFactor = scaling.OptionalFloat("low_freq_factor") ?? 1,
                HighFrequencyFactor = scaling.OptionalFloat("high_freq_factor") ?? 4,
            },
            "yarn" => rope with
            {
                Type = RopeType.Yarn,
                Factor = Factor(scaling),
                BetaFast = scaling.OptionalFloat("beta_fast") ?? 32,
                BetaSlow = scaling.OptionalFloat("beta_slow") ?? 1,
                Truncate = scaling.OptionalBool("truncate") ?? true,
                Mscale = scaling.OptionalFloat("mscale") ?? 0,
                MscaleAllDim = scaling.OptionalFloat("mscale_all_dim") ?? 0,
                AttentionFactor = scaling.OptionalFloat("attention_factor"),
            },
            "longrope" or "su" => rope with
            {
                Type = RopeType.LongRope,
                Factor = original is null ? scaling.OptionalFloat("factor") ?? 1 : (double)maxPositions / original.Value,
                ShortFactors = Factors(scaling, "short_factor", rope.RotaryDim / 2),
                LongFactors = Factors(scaling, "long_factor", rope.RotaryDim / 2),
                AttentionFactor = scaling.OptionalFloat("attention_factor"),
            },
            _ => throw new NotSupportedException($"config.json: rope type \"{type}\" is not supported. Supported: default, linear, dynamic, llama3, yarn, longrope."),
        };
        scaling.RefuseUnknown();
        CheckFactors(rope);
        return rope;
    }

    private static void CheckFactors(RopeParameters rope)
    {
        int pairs = rope.RotaryDim / 2;
        if (rope.Type == RopeType.LongRope && (rope.ShortFactors.Count != pairs || rope.LongFactors.Count != pairs))
        {
            throw new InvalidDataException($"config.json: longrope has {rope.ShortFactors.Count} short and {rope.LongFactors.Count} long factors; expected {pairs} of each, half of the {rope.RotaryDim} rotated elements of a head.");
        }
    }

    private static double Factor(ConfigReader scaling)
    {
        double factor = scaling.Float("factor");
        return factor >= 1 ? factor : throw scaling.Wrong("factor", "a number of at least 1");
    }

    private static double[] Factors(ConfigReader scaling, string key, int pairs)
    {
        double[] factors = scaling.OptionalFloats(key, double.Epsilon) ?? [];
        return factors.Length == pairs
            ? factors
            : throw new InvalidDataException($"{scaling.Where(key)} has {factors.Length} numbers; expected {pairs}, half of the rotary dimension.");
    }

    private static int RotaryDim(int headDim, double partial)
    {
        int rotaryDim = partial is > 0 and <= 1 ? (int)(headDim * partial) : 0;
        return rotaryDim >= 2 && rotaryDim % 2 == 0
            ? rotaryDim
            : throw new InvalidDataException($"config.json: a partial rotary factor of {partial} with a head dimension of {headDim} rotates {rotaryDim} elements; expected an even number of at least 2.");
    }
}
