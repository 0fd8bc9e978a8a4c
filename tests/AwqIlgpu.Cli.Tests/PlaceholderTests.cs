namespace AwqIlgpu.Cli.Tests;

internal static class Placeholder;
