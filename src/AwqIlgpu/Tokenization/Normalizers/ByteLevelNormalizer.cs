namespace AwqIlgpu.Tokenization.Normalizers;

/// <summary>Writes every UTF-8 byte as its character of the byte alphabet.</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override AlignedText Apply(AlignedText text) => ByteAlphabet.Map(text, 0, text.Length);
}
