namespace AwqIlgpu.Tokenization;

/// <summary>One match of a pattern: UTF-16 units from <paramref name="Start"/> up to <paramref name="End"/>.</summary>
internal readonly record struct TextMatch(int Start, int End);
