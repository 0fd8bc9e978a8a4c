using System.Globalization;

namespace AwqIlgpu.GpuBenchmarks;

/// <summary>The kernels' times as Markdown, written row by row.</summary>
internal sealed class KernelTable(TextWriter output, Peaks peaks)
{
    public void WriteHeading(string model)
    {
        output.WriteLine($"\n## {model}\n");
        output.WriteLine("| Kernel | Shape | µs | GB/s | % of copy | TFLOP/s | Roofline µs | % of roofline | cuBLAS fp16 µs | Speed-up |");
        output.WriteLine("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    }

    /// <param name="work">What was timed.</param>
    /// <param name="seconds">Of one launch.</param>
    /// <param name="cublasSeconds">Of the same product in fp16 by cuBLAS; null where it was not timed.</param>
    public void Write(Work work, double seconds, double? cublasSeconds)
    {
        double bytesPerSecond = work.Bytes / seconds;
        double roofline = peaks.Roofline(work);
        string[] cells =
        [
            work.Kernel,
            work.Shape,
            Number(seconds * 1e6),
            Number(bytesPerSecond / 1e9),
            Number(100 * bytesPerSecond / peaks.BytesPerSecond),
            work.Operations == 0 ? "" : Number(work.Operations / seconds / 1e12),
            Number(roofline * 1e6),
            Number(100 * roofline / seconds),
            cublasSeconds is { } other ? Number(other * 1e6) : "",
            cublasSeconds is { } slower ? Number(slower / seconds) : "",
        ];
        output.WriteLine($"| {string.Join(" | ", cells)} |");
        output.Flush();
    }

    public static string Number(double value) => value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
}
