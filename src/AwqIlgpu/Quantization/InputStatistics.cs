namespace AwqIlgpu.Quantization;

/// <summary>What the calibration tokens say of one input of a layer: magnitudes, mean outer products of a larger part and of a held-back part of the tokens, and some of the inputs themselves.</summary>
internal sealed class InputStatistics
{
    /// <summary>Tokens whose inputs are kept as they are.</summary>
    public const int SampleTokens = 256;

    private readonly int _features;
    private readonly int _fittedTokens;
    private readonly int _clipStep;
    private readonly InputMagnitude _magnitude;
    private readonly GramMatrix? _fitted;
    private readonly GramMatrix? _held;
    private readonly GramMatrix? _clip;
    private GramMatrix? _whole;

    private InputStatistics(int features, int fittedTokens, int clipStep, int? clipGroupSize, bool whole)
    {
        _features = features;
        _fittedTokens = fittedTokens;
        _clipStep = clipStep;
        _magnitude = new InputMagnitude(features);
        _clip = clipGroupSize is { } size ? new GramMatrix(features, size) : null;
        _fitted = whole ? new GramMatrix(features, features) : null;
        _held = whole && clipGroupSize is null ? new GramMatrix(features, features) : null;
        Sample = clipGroupSize is null && IsSampled(features) ? new ActivationRows(SampleTokens, features) : null;
    }

    /// <summary>Whether a product with the sampled tokens costs less than one with the products of all tokens.</summary>
    public static bool IsSampled(int features) => features / 2 > SampleTokens;

    /// <summary>For a layer of the robust kind: all products, the last third of the tokens held back.</summary>
    public static InputStatistics Robust(int features, int tokens) => new(features, tokens - (tokens / 3), 1, null, whole: true);

    /// <summary>For AutoAWQ's choices: products in groups of every n-th token, n = tokens / 512, and all products only where a loss needs them.</summary>
    public static InputStatistics Parity(int features, int tokens, int groupSize, bool whole) => new(features, tokens, Math.Max(1, tokens / 512), groupSize, whole);

    /// <summary>Mean |input|, [features].</summary>
    public float[] Magnitude => _magnitude.ToArray();

    /// <summary>Mean products of the part that choices are fitted to.</summary>
    public GramMatrix Fitted => _fitted!;

    /// <summary>Mean products of the part that choices are checked on.</summary>
    public GramMatrix Held => _held!;

    /// <summary>Mean products of all tokens.</summary>
    public GramMatrix Whole => _whole ??= _held is { Tokens: > 0 } ? GramMatrix.Sum(_fitted!, _held) : _fitted!;

    /// <summary>Mean products in groups of the tokens that AutoAWQ's clip search takes.</summary>
    public GramMatrix Clip => _clip!;

    /// <summary>The first inputs, <see cref="SampledTokens"/> rows; null where they are not worth keeping.</summary>
    public ActivationRows? Sample { get; }

    /// <summary>Rows of <see cref="Sample"/> that are set.</summary>
    public int SampledTokens => Math.Min(Tokens, SampleTokens);

    /// <summary>Tokens of the calibration text, from its start, that choices are fitted to.</summary>
    public int FittedTokens => _fittedTokens;

    /// <summary>Tokens added so far; of an expert those that went to it.</summary>
    public int Tokens { get; private set; }

    /// <summary>Adds the next tokens.</summary>
    /// <param name="inputs">[rows, features].</param>
    /// <param name="rows">Number of tokens.</param>
    /// <param name="fitted">How many of them, from the first on, are among <see cref="FittedTokens"/>.</param>
    public void Add(ReadOnlyMemory<float> inputs, int rows, int fitted)
    {
        inputs = inputs[..(rows * _features)];
        _magnitude.Add(inputs.Span);
        _fitted?.Add(inputs, fitted);
        _held?.Add(inputs[(fitted * _features)..], rows - fitted);
        if (Sample is not null && Tokens < SampleTokens)
        {
            int taken = Math.Min(rows, SampleTokens - Tokens);
            inputs.Span[..(taken * _features)].CopyTo(Sample.Span(Tokens, taken));
        }

        int skipped = (_clipStep - (Tokens % _clipStep)) % _clipStep;
        if (_clip is not null && skipped < rows)
        {
            _clip.Add(inputs[(skipped * _features)..], rows - skipped, _clipStep);
        }

        Tokens += rows;
    }
}
