namespace AwqIlgpu.Tokenization.Normalizers;

/// <summary>One normalizer after the other.</summary>
internal sealed class SequenceNormalizer(Normalizer[] normalizers) : Normalizer
{
    public override AlignedText Apply(AlignedText text)
    {
        foreach (var normalizer in normalizers)
        {
            text = normalizer.Apply(text);
        }

        return text;
    }
}
