namespace AwqIlgpu.Tokenization.Bpe;

/// <summary>A token within a word.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Utf8Length">UTF-8 bytes of the word that it covers.</param>
internal readonly record struct BpeSymbol(int Id, int Utf8Length);
