namespace AwqIlgpu.Kernels;

/// <summary>Chooses the experts of a token and their weights from the router's logits.</summary>
/// <remarks>
/// <para>Math: the k largest of <c>score + bias</c> within the best groups, the largest first, ties to the lowest index; weights are the scores without bias, then as <see cref="RoutingRule"/> says.</para>
/// <para>Types: float logits, double inside: a flipped choice changes results more than any rounding.</para>
/// <para>Source: Mixtral arXiv:2401.04088; DeepSeek-V2 arXiv:2405.04434, V3 2412.19437.</para>
/// </remarks>
internal static class ExpertRouting
{
    /// <summary>Most experts of a layer; scores lie on the stack.</summary>
    public const int MaxExperts = 1024;

    /// <summary>Routes one token.</summary>
    /// <param name="rule">How.</param>
    /// <param name="logits">One logit for each expert.</param>
    /// <param name="bias">Added to the scores for the choice only; empty for none.</param>
    /// <param name="experts">Receives the chosen experts, [k].</param>
    /// <param name="weights">Receives their weights, [k].</param>
    /// <returns>False where a logit is NaN or infinite; nothing is written then.</returns>
    public static bool Run(RoutingRule rule, ReadOnlySpan<float> logits, ReadOnlySpan<float> bias, Span<int> experts, Span<float> weights)
    {
        Span<double> choice = stackalloc double[logits.Length];
        double max = double.NegativeInfinity;
        for (int i = 0; i < logits.Length; i++)
        {
            if (!float.IsFinite(logits[i]))
            {
                return false;
            }

            max = Math.Max(max, logits[i]);
            // Softmax keeps the order of the logits, and they tie less often.
            choice[i] = (rule.Score == RouterScore.Softmax ? logits[i] : Sigmoid(logits[i])) + (bias.IsEmpty ? 0 : bias[i]);
        }

        if (rule.KeptGroups < rule.Groups)
        {
            DropGroups(rule, choice);
        }

        double total = 0;
        if (rule.Score == RouterScore.Softmax)
        {
            foreach (float logit in logits)
            {
                total += Math.Exp(logit - max);
            }
        }

        Span<double> scores = stackalloc double[experts.Length];
        double sum = rule.Epsilon;
        for (int k = 0; k < experts.Length; k++)
        {
            experts[k] = TakeLargest(choice);
            float logit = logits[experts[k]];
            scores[k] = rule.Score == RouterScore.Softmax ? Math.Exp(logit - max) / total : Sigmoid(logit);
            sum += scores[k];
        }

        for (int k = 0; k < experts.Length; k++)
        {
            weights[k] = (float)(scores[k] / (rule.Normalize ? sum : 1) * rule.Scale);
        }

        return true;
    }

    private static void DropGroups(RoutingRule rule, Span<double> choice)
    {
        int size = choice.Length / rule.Groups;
        Span<double> groups = stackalloc double[rule.Groups];
        Span<double> members = stackalloc double[size];
        for (int g = 0; g < groups.Length; g++)
        {
            choice.Slice(g * size, size).CopyTo(members);
            for (int i = 0; i < rule.ExpertsPerGroupScore; i++)
            {
                int best = members.IndexOfMax();
                groups[g] += members[best];
                members[best] = double.NegativeInfinity;
            }
        }

        for (int kept = 0; kept < rule.KeptGroups; kept++)
        {
            TakeLargest(groups);
        }

        for (int g = 0; g < groups.Length; g++)
        {
            if (!double.IsNegativeInfinity(groups[g]))
            {
                choice.Slice(g * size, size).Fill(double.NegativeInfinity);
            }
        }
    }

    /// <summary>Index of the largest value, the first of equals; the value becomes -infinity.</summary>
    private static int TakeLargest(Span<double> values)
    {
        int best = values.IndexOfMax();
        values[best] = double.NegativeInfinity;
        return best;
    }

    private static int IndexOfMax(this Span<double> values)
    {
        int best = 0;
        for (int i = 1; i < values.Length; i++)
        {
            if (values[i] > values[best])
            {
                best = i;
            }
        }

        return best;
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
