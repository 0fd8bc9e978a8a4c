using AwqIlgpu.Kernels;
using ILGPU;
using ILGPU.Algorithms;
using ILGPU.Runtime;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Chooses the experts of every token and their weights; the definition is <see cref="ExpertRouting"/>.</summary>
/// <remarks>
/// <para>Shapes: logits are [tokens, experts]; chosen experts and weights are [tokens, k].</para>
/// <para>Types: float. A token with a logit that is no number gets weights that are none, so the fault shows in its results.</para>
/// <para>Launch: 128 threads a token; each choice is one pass over the scores in shared memory.</para>
/// <para>Limit: latency of k reductions.</para>
/// </remarks>
internal sealed class RoutingKernel
{
    private const int Threads = 128;

    private readonly Action<AcceleratorStream, KernelConfig, RoutingArguments, ArrayView<float>, int, ArrayView<float>, ArrayView<int>, ArrayView<float>> _groupPerToken;

    /// <summary>Compiles the kernel once for <paramref name="accelerator"/>.</summary>
    public RoutingKernel(Accelerator accelerator) =>
        _groupPerToken = accelerator.LoadKernel<RoutingArguments, ArrayView<float>, int, ArrayView<float>, ArrayView<int>, ArrayView<float>>(GroupPerToken);

    /// <summary>Queues the kernel on <paramref name="stream"/>; allocates nothing and does not wait.</summary>
    /// <param name="stream">Queue.</param>
    /// <param name="rule">How to choose.</param>
    /// <param name="experts">Experts of the layer.</param>
    /// <param name="logits">[tokens, experts].</param>
    /// <param name="stride">Floats from one token's logits to the next's.</param>
    /// <param name="bias">Added to the scores for the choice only; empty for none.</param>
    /// <param name="tokens">Tokens to do.</param>
    /// <param name="chosen">Receives the experts, [tokens, k].</param>
    /// <param name="weights">Receives their weights, [tokens, k].</param>
    public void Run(AcceleratorStream stream, RoutingRule rule, int experts, ArrayView<float> logits, int stride, ArrayView<float> bias, int tokens, ArrayView<int> chosen, ArrayView<float> weights) =>
        _groupPerToken(stream, new KernelConfig(tokens, Threads, SharedMemoryConfig.RequestDynamic<float>(experts + rule.Groups)), new RoutingArguments(rule, experts, bias.Length > 0), logits, stride, bias, chosen, weights);

    private static void GroupPerToken(RoutingArguments rule, ArrayView<float> logits, int stride, ArrayView<float> bias, ArrayView<int> chosen, ArrayView<float> weights)
    {
        var dynamic = SharedMemory.GetDynamic<float>();
        var choice = dynamic.SubView(0, rule.Experts);
        var groups = dynamic.SubView(rule.Experts, rule.Groups);
        var partial = SharedMemory.Allocate<float>(Threads);
        var places = SharedMemory.Allocate<int>(Threads);
        long row = (long)Grid.IdxX * stride;
        float max = float.NegativeInfinity;
        float poison = 0;
        for (int e = Group.IdxX; e < rule.Experts; e += Threads)
        {
            float logit = logits[row + e];
            // 0, or NaN where the logit is NaN or infinite.
            poison += 0 * logit;
            max = IntrinsicMath.Max(max, logit);
            // Softmax keeps the order of the logits, and they tie less often.
            choice[e] = (rule.IsSoftmax ? logit : Sigmoid(logit)) + (rule.HasBias ? bias[e] : 0);
        }

        poison = GroupSum.Of(partial, poison, Threads);
        max = GroupMax.Of(partial, max, Threads);
        float total = 0;
        for (int e = Group.IdxX; e < rule.Experts; e += Threads)
        {
            total += XMath.Exp(logits[row + e] - max);
        }

        total = GroupSum.Of(partial, total, Threads);
        if (rule.KeptGroups < rule.Groups)
        {
            DropGroups(rule, choice, groups);
        }

        float sum = rule.Epsilon;
        for (int k = 0; k < rule.PerToken; k++)
        {
            int expert = TakeLargest(choice, partial, places);
            float logit = logits[row + expert];
            float score = rule.IsSoftmax ? XMath.Exp(logit - max) / total : Sigmoid(logit);
            sum += score;
            if (Group.IdxX == 0)
            {
                chosen[(Grid.IdxX * rule.PerToken) + k] = expert;
                weights[(Grid.IdxX * rule.PerToken) + k] = score;
            }
        }

        if (Group.IdxX == 0)
        {
            for (int k = 0; k < rule.PerToken; k++)
            {
                weights[(Grid.IdxX * rule.PerToken) + k] = (weights[(Grid.IdxX * rule.PerToken) + k] / (rule.IsNormalized ? sum : 1) * rule.Scale) + poison;
            }
        }
    }

    /// <summary>Index of the largest value, the first of equals, in all threads; the value becomes -infinity.</summary>
    private static int TakeLargest(ArrayView<float> values, ArrayView<float> partial, ArrayView<int> places)
    {
        float value = float.NegativeInfinity;
        int place = int.MaxValue;
        for (int i = Group.IdxX; i < values.IntLength; i += Threads)
        {
            if (values[i] > value || (values[i] == value && i < place))
            {
                value = values[i];
                place = i;
            }
        }

        partial[Group.IdxX] = value;
        places[Group.IdxX] = place;
        Group.Barrier();
        for (int half = Threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                float other = partial[Group.IdxX + half];
                int otherPlace = places[Group.IdxX + half];
                if (other > partial[Group.IdxX] || (other == partial[Group.IdxX] && otherPlace < places[Group.IdxX]))
                {
                    partial[Group.IdxX] = other;
                    places[Group.IdxX] = otherPlace;
                }
            }

            Group.Barrier();
        }

        // Where nothing but NaN is left any place does.
        int best = IntrinsicMath.Min(places[0], values.IntLength - 1);
        if (Group.IdxX == 0)
        {
            values[best] = float.NegativeInfinity;
        }

        Group.Barrier();
        return best;
    }

    /// <summary>Scores of all groups but the best become -infinity; a barrier stands before and after.</summary>
    private static void DropGroups(RoutingArguments rule, ArrayView<float> choice, ArrayView<float> groups)
    {
        int size = rule.Experts / rule.Groups;
        for (int g = Group.IdxX; g < rule.Groups; g += Threads)
        {
            float first = float.NegativeInfinity;
            float second = float.NegativeInfinity;
            for (int i = g * size; i < (g + 1) * size; i++)
            {
                second = choice[i] > first ? first : IntrinsicMath.Max(second, choice[i]);
                first = IntrinsicMath.Max(first, choice[i]);
            }

            groups[g] = rule.PerGroupScore == 1 ? first : first + second;
        }

        Group.Barrier();
        for (int e = Group.IdxX; e < rule.Experts; e += Threads)
        {
            int own = e / size;
            int better = 0;
            for (int g = 0; g < rule.Groups; g++)
            {
                better += groups[g] > groups[own] || (groups[g] == groups[own] && g < own) ? 1 : 0;
            }

            if (better >= rule.KeptGroups)
            {
                choice[e] = float.NegativeInfinity;
            }
        }

        Group.Barrier();
    }

    private static float Sigmoid(float x) => 1 / (1 + XMath.Exp(-x));
}

/// <summary>A <see cref="RoutingRule"/> as the kernel takes it.</summary>
/// <param name="rule">How to choose.</param>
/// <param name="experts">Experts of the layer.</param>
/// <param name="hasBias">Whether there is a bias on the choice.</param>
internal readonly struct RoutingArguments(RoutingRule rule, int experts, bool hasBias)
{
    private readonly int _isSoftmax = rule.Score == RouterScore.Softmax ? 1 : 0;
    private readonly int _isNormalized = rule.Normalize ? 1 : 0;
    private readonly int _hasBias = hasBias ? 1 : 0;

    public int Experts { get; } = experts;

    public int PerToken { get; } = rule.ExpertsPerToken;

    public int Groups { get; } = rule.Groups;

    public int KeptGroups { get; } = rule.KeptGroups;

    /// <summary>Experts whose scores make a group's: 1 or 2.</summary>
    public int PerGroupScore { get; } = rule.ExpertsPerGroupScore;

    public float Epsilon { get; } = (float)rule.Epsilon;

    public float Scale { get; } = (float)rule.Scale;

    public bool IsSoftmax => _isSoftmax != 0;

    public bool IsNormalized => _isNormalized != 0;

    public bool HasBias => _hasBias != 0;
}
