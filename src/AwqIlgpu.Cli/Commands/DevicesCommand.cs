using System.CommandLine;
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
            });
            return Task.FromResult(0);
        }

        foreach (var device in devices)
        {
            string path = parse.GetValue(CommonOptions.Verbose) ? $"  kernels: {device.Path}" : "";
            Terminal.Out.WriteLine($"{device.Id,-10}{device.Name}  {ByteSize.Format(device.MemoryBytes)}{path}");
        }

        return Task.FromResult(0);
    }
}
