using System.Diagnostics.Metrics;

namespace AwqIlgpu.Memory;

/// <summary>An open model's memory for whoever listens to the meter <c>AwqIlgpu</c>: bytes planned, live and at most, for each class.</summary>
internal sealed class MemoryMeter : IDisposable
{
    private readonly Meter _meter = new("AwqIlgpu");

    public MemoryMeter(LanguageModel model)
    {
        Gauge("planned", "Bytes that the plan has.", use => use.PlannedBytes);
        Gauge("live", "Bytes in use.", use => use.LiveBytes);
        Gauge("high_water", "Most bytes that were in use at one time.", use => use.HighWaterBytes);

        void Gauge(string name, string description, Func<MemoryUse, long> bytes) =>
            _meter.CreateObservableGauge($"awqilgpu.memory.{name}", () => Measure(model, bytes), "By", description);
    }

    /// <summary>Ends the reports.</summary>
    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Measure(LanguageModel model, Func<MemoryUse, long> bytes) =>
        model.Memory.Select(use => new Measurement<long>(bytes(use), new("model", model.Folder), new("class", use.Name)));
}
