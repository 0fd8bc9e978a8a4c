using System.Numerics;
using System.Text.Json;
using AwqIlgpu.Quantization;

namespace AwqIlgpu.Tests.Quantization;

/// <summary>A Llama model in the fewest lines, for tests that ask what a change of its weights does to its output.</summary>
internal sealed class LlamaOracle
{
    private readonly int _headDim;
    private readonly float _eps;
    private readonly float _theta;
    private readonly int _layers;
    private readonly int _sequenceLength;
    private readonly bool _frequenciesInHalf;
    private readonly Dictionary<string, WeightMatrix> _weights = [];

    /// <param name="folder">A checkpoint in fp16: config.json, model.safetensors.</param>
    /// <param name="sequenceLength">Tokens after which a new sequence starts.</param>
    /// <param name="frequenciesInHalf">Rounds rope's frequencies to fp16, as PyTorch does with a model that was cast to fp16 and back.</param>
    public LlamaOracle(string folder, int sequenceLength, bool frequenciesInHalf = false)
    {
        _frequenciesInHalf = frequenciesInHalf;
        using var config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "config.json")));
        int Int(string key) => config.RootElement.GetProperty(key).GetInt32();
        (Heads, KvHeads, _headDim, _layers) = (Int("num_attention_heads"), Int("num_key_value_heads"), Int("head_dim"), Int("num_hidden_layers"));
        _eps = config.RootElement.GetProperty("rms_norm_eps").GetSingle();
        _theta = config.RootElement.GetProperty("rope_theta").GetSingle();
        _sequenceLength = sequenceLength;
        var file = new GoldenFile(Path.Combine(folder, "model.safetensors"));
        foreach (string name in file.Names)
        {
            int[] shape = file.Shape(name);
            string key = name[..^".weight".Length];
            _weights.Add(key, new(name, file.Floats(name), shape.Length == 1 ? 1 : shape[0], shape[^1]));
        }
    }

    public int Heads { get; }

    public int KvHeads { get; }

    public KvHeadSharing Sharing => new(Heads, KvHeads, _headDim);

    /// <summary>A weight by its name without <c>.weight</c>; norms have one row.</summary>
    public WeightMatrix this[string name]
    {
        get => _weights[name];
        set => _weights[name] = value;
    }

    public float[] Logits(int[] ids)
    {
        var embedding = _weights["model.embed_tokens"];
        float[] x = [.. ids.SelectMany(id => embedding.Row(id).ToArray())];
        for (int layer = 0; layer < _layers; layer++)
        {
            string prefix = $"model.layers.{layer}.";
            Add(x, Linear(AttentionContext(RmsNorm(x, prefix + "input_layernorm"), prefix), _weights[prefix + "self_attn.o_proj"]));
            Add(x, Linear(MlpInner(RmsNorm(x, prefix + "post_attention_layernorm"), prefix), _weights[prefix + "mlp.down_proj"]));
        }

        return Linear(RmsNorm(x, "model.norm"), _weights["lm_head"]);
    }

    public float[] RmsNorm(float[] x, string name)
    {
        float[] weight = _weights[name].Values;
        var y = new float[x.Length];
        for (int start = 0; start < x.Length; start += weight.Length)
        {
            double squares = x.AsSpan(start, weight.Length).ToArray().Sum(v => (double)v * v);
            float scale = (float)(1 / Math.Sqrt((squares / weight.Length) + _eps));
            for (int i = 0; i < weight.Length; i++)
            {
                y[start + i] = x[start + i] * scale * weight[i];
            }
        }

        return y;
    }

    /// <summary>What goes into the output projection.</summary>
    public float[] AttentionContext(float[] x, string prefix)
    {
        var queries = _weights[prefix + "self_attn.q_proj"];
        float[] q = Linear(x, queries);
        float[] k = Linear(x, _weights[prefix + "self_attn.k_proj"]);
        float[] v = Linear(x, _weights[prefix + "self_attn.v_proj"]);
        int tokens = x.Length / queries.Columns;
        Rotate(q, Heads);
        Rotate(k, KvHeads);
        var context = new float[q.Length];
        for (int token = 0; token < tokens; token++)
        {
            int first = token / _sequenceLength * _sequenceLength;
            for (int head = 0; head < Heads; head++)
            {
                int kvHead = head / (Heads / KvHeads);
                var weights = new double[token - first + 1];
                for (int other = first; other <= token; other++)
                {
                    weights[other - first] = Dot(q.AsSpan(((token * Heads) + head) * _headDim, _headDim), k.AsSpan(((other * KvHeads) + kvHead) * _headDim, _headDim)) / Math.Sqrt(_headDim);
                }

                double largest = weights.Max();
                double sum = weights.Sum(w => Math.Exp(w - largest));
                for (int other = first; other <= token; other++)
                {
                    float weight = (float)(Math.Exp(weights[other - first] - largest) / sum);
                    for (int i = 0; i < _headDim; i++)
                    {
                        context[(((token * Heads) + head) * _headDim) + i] += weight * v[(((other * KvHeads) + kvHead) * _headDim) + i];
                    }
                }
            }
        }

        return context;
    }

    /// <summary>What goes into the down projection.</summary>
    public float[] MlpInner(float[] x, string prefix)
    {
        float[] gate = Linear(x, _weights[prefix + "mlp.gate_proj"]);
        float[] up = Linear(x, _weights[prefix + "mlp.up_proj"]);
        return [.. gate.Zip(up, (g, u) => g / (1 + MathF.Exp(-g)) * u)];
    }

    public static float[] Linear(float[] x, WeightMatrix weight)
    {
        int tokens = x.Length / weight.Columns;
        var y = new float[tokens * weight.Rows];
        for (int token = 0; token < tokens; token++)
        {
            for (int row = 0; row < weight.Rows; row++)
            {
                y[(token * weight.Rows) + row] = Dot(x.AsSpan(token * weight.Columns, weight.Columns), weight.Row(row));
            }
        }

        return y;
    }

    public static void Add(float[] x, float[] y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] += y[i];
        }
    }

    public static double MeanSquare(float[] x, float[] y) => x.Zip(y, (a, b) => ((double)a - b) * ((double)a - b)).Sum() / x.Length;

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = Vector<float>.Zero;
        int i = 0;
        for (; i + Vector<float>.Count <= a.Length; i += Vector<float>.Count)
        {
            sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        }

        float rest = Vector.Sum(sum);
        for (; i < a.Length; i++)
        {
            rest += a[i] * b[i];
        }

        return rest;
    }

    private void Rotate(float[] x, int heads)
    {
        int half = _headDim / 2;
        for (int start = 0; start < x.Length; start += _headDim)
        {
            int position = start / _headDim / heads % _sequenceLength;
            for (int i = 0; i < half; i++)
            {
                double frequency = Math.Pow(_theta, -2.0 * i / _headDim);
                double angle = position * (_frequenciesInHalf ? (double)(Half)frequency : frequency);
                var (sin, cos) = ((float)Math.Sin(angle), (float)Math.Cos(angle));
                (x[start + i], x[start + half + i]) = ((x[start + i] * cos) - (x[start + half + i] * sin), (x[start + half + i] * cos) + (x[start + i] * sin));
            }
        }
    }
}
