using System.CommandLine;
using System.Text.Json;
using AwqIlgpu.Cli.Options;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli.Commands;

/// <summary>Lists what can run here.</summary>
internal sealed class DevicesCommand : AwqCommand
{
    public DevicesCommand(Terminal terminal)
        : base("devices", "Lists what can run a model here.", "awq devices --verbose", terminal)
    {
        Add(CommonOptions.Json);
    }

    protected override Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var devices = DeviceInfo.All;
        var speeds = parse.GetValue(CommonOptions.Verbose) ? DeviceInfo.MeasureCpu() : [];
        if (parse.GetValue(CommonOptions.Json))
        {
            Json.Write(Terminal.Out, json =>
            {
                json.WriteStartArray("devices");
                foreach (var device in devices)
                {
                    json.WriteStartObject();
                    json.WriteString("id", device.Id);
                    json.WriteString("name", device.Name);
                    json.WriteNumber("memory_bytes", device.MemoryBytes);
                    json.WriteString("kind", device.Kind);
                    json.WriteString("path", device.Path);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                if (speeds.Count > 0)
                {
                    WriteSpeeds(json, speeds);
                }
            });
            return Task.FromResult(0);
        }

        foreach (var device in devices)
        {
            string path = parse.GetValue(CommonOptions.Verbose) ? $"  kernels: {device.Path}" : "";
            Terminal.Out.WriteLine($"{device.Id,-10}{device.Name}  {ByteSize.Format(device.MemoryBytes)}{path}");
        }

        if (speeds.Count > 0)
        {
            Terminal.Out.WriteLine();
            Terminal.Out.WriteLine($"{"int4 product, 4096 x 4096, 10^9 a second",-42}{"1 token",10}{"8 tokens",10}{"64 tokens",10}");
            foreach (var speed in speeds)
            {
                Terminal.Out.WriteLine($"{"cpu  " + speed.Path + (speed.IsTaken ? ", taken" : ""),-42}{string.Concat(speed.ProductsPerSecond.Select(s => $"{s / 1e9,10:0.0}"))}");
            }
        }

        return Task.FromResult(0);
    }

    private static void WriteSpeeds(Utf8JsonWriter json, IReadOnlyList<PathSpeed> speeds)
    {
        json.WriteStartArray("cpu_paths");
        foreach (var speed in speeds)
        {
            json.WriteStartObject();
            json.WriteString("path", speed.Path);
            json.WriteBoolean("taken", speed.IsTaken);
            json.WriteNumbers("products_per_s", speed.ProductsPerSecond);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
