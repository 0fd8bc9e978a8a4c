namespace AwqIlgpu;

/// <summary>A token and the part of the text that it stands for.</summary>
/// <param name="Id">The token's id.</param>
/// <param name="Start">First UTF-16 unit of the part; a token that holds some bytes of a character has the range of the whole character.</param>
/// <param name="End">One past the part's last UTF-16 unit; tokens that are put around a text have an empty part.</param>
public readonly record struct TokenRange(int Id, int Start, int End);
