namespace AwqIlgpu.Tokenization.PreTokenizers;

/// <summary>Before which pieces Metaspace puts its character.</summary>
internal enum PrependScheme
{
    Always,

    /// <summary>Only the piece at the start of the caller's text.</summary>
    First,
    Never,
}
