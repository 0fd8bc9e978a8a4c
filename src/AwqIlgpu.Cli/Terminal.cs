using System.Text;

namespace AwqIlgpu.Cli;

/// <summary>Where a command reads and writes.</summary>
/// <param name="In">Standard input.</param>
/// <param name="Out">Results.</param>
/// <param name="Error">Progress, warnings, timings.</param>
/// <param name="Interrupts">Ctrl+C.</param>
internal sealed record Terminal(TextReader In, TextWriter Out, TextWriter Error, Interrupts Interrupts)
{
    /// <summary>Whether a person types the input.</summary>
    public bool HasKeyboard { get; init; }

    /// <summary>Whether a person watches <see cref="Error"/>, so that a progress bar makes sense.</summary>
    public bool ShowsProgress { get; init; }

    /// <summary>The process's own streams, in UTF-8.</summary>
    public static Terminal OfProcess(Interrupts interrupts)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        // Written in blocks; what is streamed is flushed where it is written.
        var output = new StreamWriter(Console.OpenStandardOutput(), utf8);
        return new Terminal(new StreamReader(Console.OpenStandardInput(), utf8), output, Console.Error, interrupts)
        {
            HasKeyboard = !Console.IsInputRedirected,
            ShowsProgress = !Console.IsErrorRedirected,
        };
    }
}
