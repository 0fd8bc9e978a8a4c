namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>What <c>namespace()</c> gives: the only value whose attributes a template can set, and so carry out of a loop.</summary>
internal sealed class Namespace
{
    public Dictionary<string, object?> Attributes { get; } = [];
}
