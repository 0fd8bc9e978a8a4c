using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using AwqIlgpu.Checkpoints;
using AwqIlgpu.Kernels;

namespace AwqIlgpu.Quantization;

/// <summary>Tells whether two runs would write the same bytes, as far as their inputs decide.</summary>
internal static class SettingsDigest
{
    /// <summary>Changes whenever the quantiser's results do.</summary>
    private const int Revision = 2;

    /// <summary>A digest of source, settings, calibration tokens and the machine's vectors, whose width decides the order of sums.</summary>
    public static string Of(Checkpoint checkpoint, AwqQuantizerOptions options, CalibrationSet? calibration)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));
        Add(string.Create(CultureInfo.InvariantCulture, $"{Revision} {CpuPaths.Best} {options.GroupSize} {options.Symmetric} {options.Format} {options.Mode} {options.Search} {options.Clip} {options.EffectiveRounding} {options.Propagate}"));
        Add(string.Join('\n', options.Skip));
        Add(checkpoint.Config.Root.GetRawText());
        foreach (var tensor in checkpoint.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"{tensor.Name} {tensor.Type} {TensorInfo.ShapeText(tensor.Shape)} {tensor.Offset}"));
        }

        foreach (string path in checkpoint.Tensors.Values.Select(t => t.Path).Distinct().Order(StringComparer.Ordinal))
        {
            Add(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(path)} {File.GetLastWriteTimeUtc(path).Ticks}"));
        }

        foreach (int[] sequence in calibration?.Sequences ?? [])
        {
            // Where a sequence ends counts too.
            Add(string.Create(CultureInfo.InvariantCulture, $"{sequence.Length}"));
            hash.AppendData(MemoryMarshal.AsBytes<int>(sequence));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
