using AwqIlgpu.Kernels;

namespace AwqIlgpu.Tests.Kernels;

public class PagedAttentionGoldenTests
{
    private static readonly OpsGolden s_golden = new("attention");

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string name in s_golden.Cases)
            {
                cases.Add(name, nameof(KvType.Fp32));
                cases.Add(name, nameof(KvType.Fp16));
            }

            return cases;
        }
    }

    /// <remarks>The goldens' keys and values are fp16, so both types of cache hold them exactly.</remarks>
    [Theory]
    [MemberData(nameof(Cases))]
    public void RunUnit_GoldenSequences_MatchFloat64(string name, string type)
    {
        var parameters = s_golden.Parameters(name);
        int headDim = parameters.GetProperty("head_dim").GetInt32();
        var shape = new AttentionShape(parameters.GetProperty("heads").GetInt32(), parameters.GetProperty("kv_heads").GetInt32(), headDim, headDim, parameters.GetProperty("scale").GetSingle())
        {
            Causal = parameters.GetProperty("causal").GetBoolean(),
            Window = parameters.GetProperty("sliding_window").GetInt32(),
            Softcap = parameters.GetProperty("logit_softcap").GetSingle(),
        };
        double tolerance = parameters.GetProperty("suggested_abs_tolerance_fp32").GetDouble();
        float[] sinks = parameters.GetProperty("sinks").GetBoolean() ? s_golden.File.Floats($"{name}.sinks") : [];
        float[] query = s_golden.File.Floats($"{name}.q");
        float[] keys = s_golden.File.Floats($"{name}.k");
        float[] values = s_golden.File.Floats($"{name}.v");
        double[] expected = s_golden.File.Doubles($"{name}.out");
        int[] queryStarts = s_golden.File.Ints($"{name}.cu_seqlens_q");
        int[] keyStarts = s_golden.File.Ints($"{name}.cu_seqlens_k");
        int queryWidth = shape.Heads * headDim;
        int keyWidth = shape.KvHeads * headDim;
        for (int i = 0; i + 1 < queryStarts.Length; i++)
        {
            var ofSequence = (queryStarts[i] * queryWidth)..(queryStarts[i + 1] * queryWidth);
            var ofCache = (keyStarts[i] * keyWidth)..(keyStarts[i + 1] * keyWidth);
            double[] definition = new double[expected[ofSequence].Length];
            PagedAttention.Reference(shape, query[ofSequence], keys[ofCache], values[ofCache], sinks, definition);
            Close.Budget($"{name} sequence {i} reference", tolerance, expected[ofSequence], [.. definition.Select(v => (float)v)]);

            int contextLength = keyStarts[i + 1] - keyStarts[i];
            Close.Budget($"{name} sequence {i}", tolerance, expected[ofSequence], Run(AttentionArithmetic.Float));
            foreach (var arithmetic in AttentionArithmetic.Int16)
            {
                arithmetic.AssertClose(shape, query[ofSequence], keys[ofCache], values[ofCache], sinks, Run(arithmetic), tolerance);
            }

            float[] Run(AttentionArithmetic arithmetic) =>
                new PagedSequence(shape, Enum.Parse<KvType>(type), contextLength) { Arithmetic = arithmetic }.Run(query[ofSequence], keys[ofCache], values[ofCache], sinks, contextLength);
        }
    }
}
