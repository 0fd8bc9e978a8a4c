using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace AwqIlgpu.Benchmarks;

/// <summary>Our side of perf/peers: single figures, printed as JSON, so that runs can alternate with another program's.</summary>
internal static class PeerRun
{
    private const int FewestRuns = 5;
    private const double Milliseconds = 500;

    /// <summary>
    /// Runs <c>product K N THREADS M...</c>, the median milliseconds of a product for each M, <c>exact-product</c>, the same in float, <c>fp16-product</c>, with weights of fp16,
    /// any of them after <c>cold</c>, with other weights in every run, which no cache holds, or <c>read THREADS</c>, gigabytes read per second; returns whether it was one of them.
    /// </summary>
    public static bool TryRun(string[] args)
    {
        bool cold = args is ["cold", ..];
        switch (cold ? args[1..] : args)
        {
            case [("product" or "exact-product" or "fp16-product") and var kind, var k, var n, var threads, .. var rows]:
                var precision = kind == "exact-product" ? Precision.Exact : Precision.Fast;
                var format = kind == "fp16-product" ? WeightFormat.Fp16 : WeightFormat.Awq;
                Console.WriteLine($"{{{string.Join(", ", rows.Select(m => $"\"{m}\": {Number(Product(Int(k), Int(n), Int(m), Int(threads), cold, precision, format))}"))}}}");
                return true;
            case ["read", var threads]:
                Console.WriteLine($"{{\"gigabytes_per_s\": {Number(Read(Int(threads)))}}}");
                return true;
            default:
                return false;
        }
    }

    private static double Product(int k, int n, int m, int threads, bool cold, Precision precision, WeightFormat format)
    {
        using var product = new RandomProduct(k, n, m, threads, cold, precision, format);
        return Median(product.Run);
    }

    private static unsafe double Read(int threads)
    {
        const long Bytes = 1L << 29;
        using var reader = new MemoryReader(threads);
        byte* memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        new Span<byte>(memory, (int)Bytes).Fill(1);
        double milliseconds = Median(() => reader.Read(new ReadOnlySpan<byte>(memory, (int)Bytes)));
        NativeMemory.AlignedFree(memory);
        return Bytes / milliseconds / 1e6;
    }

    private static double Median(Action run)
    {
        run();
        var times = new List<double>();
        for (double spent = 0; spent < Milliseconds || times.Count < FewestRuns; spent += times[^1])
        {
            long start = Stopwatch.GetTimestamp();
            run();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return times[times.Count / 2];
    }

    private static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
