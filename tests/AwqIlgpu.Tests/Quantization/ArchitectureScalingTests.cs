using System.Runtime.InteropServices;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Models;
using AwqIlgpu.Quantization;
using AwqIlgpu.Tests.Checkpoints;
using AwqIlgpu.Tests.Models;
using Architecture = AwqIlgpu.Models.Architectures.Architecture;

namespace AwqIlgpu.Tests.Quantization;

/// <summary>Where scales may go, for every architecture: a model whose scales were moved computes what it did.</summary>
public sealed class ArchitectureScalingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("awqilgpu-scaling-").FullName;

    public static TheoryData<string> Models => [.. GoldenModel.Shared];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SharedTheory]
    [MemberData(nameof(Models))]
    public async Task Absorb_EachGroupOfEachArchitecture_LogitsStay(string name)
    {
        var golden = new GoldenModel(TestData.Shared("goldens", "models", name));
        string source = Source(golden);
        int[] prompt = golden.Prompt(1);
        float[] before = await Logits(source, prompt);
        double[] expected = Array.ConvertAll(before, logit => (double)logit);

        using var scaled = Scaled(source);
        float[] after = await Logits(scaled.Folder, prompt);
        Close.MovedScales(name, expected, after);
    }

    [SharedTheory]
    [MemberData(nameof(Models))]
    public async Task Record_EachArchitecture_RunsTheLayersAsTheRuntimeDoes(string name)
    {
        var golden = new GoldenModel(TestData.Shared("goldens", "models", name));
        string source = Source(golden);
        int[] prompt = golden.Prompt(1);
        using var checkpoint = Checkpoint.Open(source);
        var config = Architecture.Read(checkpoint.Config);
        using var stream = new CalibrationStream(config, 1, prompt.Length, 2);
        stream.Embed(checkpoint, config, CalibrationSet.FromTokens(prompt, 1, prompt.Length));
        foreach (var layer in config.Layers)
        {
            stream.Record(CalibrationLayer.Load(checkpoint, layer), null);
            stream.Advance(null);
        }

        // The final norm and the head are the model's own: a model of no layers whose embeddings are the hidden states.
        float[] expected = await Logits(source, prompt);
        Close.MovedScales(name, Array.ConvertAll(expected, logit => (double)logit), Head(checkpoint, config, stream.Hidden));
    }

    /// <summary>The fp16 model, or the packed one written as floats.</summary>
    private string Source(GoldenModel golden)
    {
        if (golden.Has("fp16"))
        {
            return golden.Folder("fp16");
        }

        string folder = Path.Combine(_folder, "source");
        CheckpointConverter.Convert(golden.Folder("awq"), folder, null);
        return folder;
    }

    private static async Task<float[]> Logits(string folder, int[] prompt)
    {
        using var model = LanguageModel.Open(folder, new LanguageModelOptions { Precision = Precision.Exact, Threads = 2, Context = prompt.Length });
        var logits = new float[prompt.Length * model.VocabularySize];
        await model.LogitsAsync(prompt, (position, row) => row.CopyTo(logits.AsSpan(position * model.VocabularySize)));
        return logits;
    }

    /// <summary>A model in float with random scales between 1/4 and 4 moved into every place that takes them.</summary>
    private static TempCheckpoint Scaled(string source)
    {
        using var checkpoint = Checkpoint.Open(source);
        var config = Architecture.Read(checkpoint.Config);
        var random = new Random(11);
        var result = new TempCheckpoint(File.ReadAllText(Path.Combine(source, "config.json")));
        HashSet<string> written = [];
        void Add(string name, float[] values, params long[] shape)
        {
            written.Add(name);
            result.Add(name, "F32", shape, MemoryMarshal.AsBytes<float>(values));
        }

        foreach (var layerConfig in config.Layers)
        {
            var layer = CalibrationLayer.Load(checkpoint, layerConfig);
            foreach (var group in ScaleGroup.Of(layerConfig, shareKvHeads: true, scaleActivations: true))
            {
                float[] scales = [.. Enumerable.Range(0, group.Readers.Linears[0].InFeatures).Select(_ => MathF.Pow(2, (random.NextSingle() * 4) - 2))];
                group.Absorb(layer, group.Sharing is { } heads ? heads.Expand(heads.Mean(scales)) : scales, asStored: false);
            }

            foreach (var linear in InputReaders.LinearsOf(layerConfig).Concat(InputReaders.FloatsOf(layerConfig)))
            {
                var weight = layer.Weight(linear);
                Add(weight.Name, linear.RowOrder is { } order ? RowOrder.ToFile(weight.Values, weight.Columns, order) : weight.Values, weight.Rows, weight.Columns);
            }

            foreach (var (name, values) in layer.ChangedVectors())
            {
                Add(name, values, values.Length);
            }
        }

        foreach (var tensor in checkpoint.Tensors.Values.Where(t => !written.Contains(t.Name) && t.Type.IsFloat()))
        {
            var values = new float[tensor.ElementCount];
            checkpoint.ReadFloats(tensor, 0, values);
            Add(tensor.Name, values, tensor.Shape);
        }

        return result.Save();
    }

    /// <summary>Logits of the hidden states after the last layer, by the definition of norm and head.</summary>
    private static float[] Head(Checkpoint checkpoint, DecoderConfig config, SequenceRows hidden)
    {
        float[] Read(string name)
        {
            var values = new float[checkpoint.Tensor(name).ElementCount];
            checkpoint.ReadFloats(checkpoint.Tensor(name), 0, values);
            return values;
        }

        var norm = config.FinalNorm;
        float[] weight = Read(norm.Prefix + ".weight");
        float[] bias = checkpoint.HasTensor(norm.Prefix + ".bias") ? Read(norm.Prefix + ".bias") : new float[weight.Length];
        string head = config.TieWordEmbeddings && checkpoint.HasTensor(config.EmbeddingPrefix + ".weight") ? config.EmbeddingPrefix : config.HeadPrefix;
        float[] table = Read(head + ".weight");
        var logits = new float[hidden.Length * config.VocabularySize];
        Parallel.For(0, hidden.Length, row =>
        {
            double[] x = Array.ConvertAll(hidden.Span(0).Slice(row * hidden.Width, hidden.Width).ToArray(), value => (double)value);
            double mean = norm.Kind == NormKind.Layer ? x.Average() : 0;
            double deviation = Math.Sqrt(x.Sum(value => (value - mean) * (value - mean) / x.Length) + norm.Epsilon);
            double[] normed = [.. x.Select((value, i) => ((value - mean) / deviation * (weight[i] + (norm.UnitOffset ? 1 : 0))) + bias[i])];
            for (int token = 0; token < config.VocabularySize; token++)
            {
                double sum = 0;
                for (int i = 0; i < normed.Length; i++)
                {
                    sum += normed[i] * table[(token * normed.Length) + i];
                }

                sum *= config.LogitScale;
                logits[(row * config.VocabularySize) + token] = (float)(config.LogitSoftcap > 0 ? config.LogitSoftcap * Math.Tanh(sum / config.LogitSoftcap) : sum);
            }
        });
        return logits;
    }
}
