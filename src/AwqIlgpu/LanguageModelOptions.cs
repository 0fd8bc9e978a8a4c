using AwqIlgpu.Checkpoints;

namespace AwqIlgpu;

/// <summary>How a model is opened. The defaults work.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>The arithmetic of quantised layers.</summary>
    public Precision Precision { get; init; } = Precision.Fast;

    /// <summary>What computes: <c>cpu</c>, or the <see cref="DeviceInfo.Id"/> of another of <see cref="DeviceInfo.All"/>.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Threads that compute on the CPU; null: one for each core.</summary>
    public int? Threads { get; init; }

    internal int ThreadCount => Threads ?? Environment.ProcessorCount;

    /// <summary>Most bytes for the whole process; null: what the container or machine allows, less a margin.</summary>
    public long? MemoryCapBytes { get; init; }

    /// <summary>Most prompt tokens in one forward pass; null: as many as fit, 512 at most and 16 at least.</summary>
    public int? Chunk { get; init; }

    /// <summary>Type of the KV cache; null: fp16, int8 or int4, the first that fits, or float with <see cref="Precision.Exact"/>.</summary>
    public KvType? Kv { get; init; }

    /// <summary>How the output head is kept; null: <see cref="HeadType.Int8"/> on the CPU with <see cref="Precision.Fast"/> where the model is quantised, else as in the file.</summary>
    public HeadType? Head { get; init; }

    /// <summary>Most sequences at a time, further ones wait; null: <see cref="LargestBatch"/>, or as many as fit.</summary>
    public int? Batch { get; init; }

    /// <summary>Most sequences at a time where <see cref="Batch"/> does not say.</summary>
    public int LargestBatch { get; init; } = 1;

    /// <summary>Most tokens of one sequence, prompt and generated together; null: what the model was made for, 4096 at most, or less where memory is short, 256 at least.</summary>
    public int? Context { get; init; }

    /// <summary>The tokenizer: any whose ids are the model's, also one that the caller has read already; null: it is read from the folder.</summary>
    public ITokenizer? Tokenizer { get; init; }

    /// <summary>How the head of a model is kept.</summary>
    /// <exception cref="ArgumentException">The options contradict each other.</exception>
    internal HeadType HeadOf(IWeightSource weights)
    {
        bool canBeInt8 = Precision == Precision.Fast && Device == DeviceInfo.Cpu.Id;
        if (Head == HeadType.Int8 && !canBeInt8)
        {
            throw new ArgumentException($"The output head is to be int8, with {Precision} precision on {Device}; that needs fast precision on the CPU. Leave the head as it is stored.");
        }

        return Head ?? (canBeInt8 && weights.IsQuantized ? HeadType.Int8 : HeadType.Stored);
    }
}

/// <summary>The arithmetic of quantised layers.</summary>
public enum Precision
{
    /// <summary>Activations rounded to 8 bits per group, integer products; several times faster.</summary>
    Fast,

    /// <summary>Float activations and a float KV cache.</summary>
    Exact,
}
