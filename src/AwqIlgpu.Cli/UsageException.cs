namespace AwqIlgpu.Cli;

/// <summary>The command line asks for something that no command line can have: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
