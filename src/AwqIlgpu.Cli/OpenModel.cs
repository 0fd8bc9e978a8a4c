using System.Diagnostics;
using AwqIlgpu.Cli.Options;
using Spectre.Console;

namespace AwqIlgpu.Cli;

/// <summary>A model that is open, and how long that took.</summary>
internal sealed record OpenModel(LanguageModel Model, TimeSpan Load) : IDisposable
{
    /// <summary>Opens a model, with a progress bar where a person watches.</summary>
    /// <param name="terminal">Where the bar and notes go.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="options">How to open it.</param>
    /// <param name="quiet">Neither bar nor notes.</param>
    /// <param name="cancellationToken">Gives up between two tensors.</param>
    public static OpenModel Open(Terminal terminal, string folder, LanguageModelOptions options, bool quiet, CancellationToken cancellationToken)
    {
        long start = Stopwatch.GetTimestamp();
        var model = terminal.ShowsProgress && !quiet
            ? OpenWithBar(terminal, folder, options, cancellationToken)
            : LanguageModel.Open(folder, options, new LoadReport(null, cancellationToken));
        if (!quiet)
        {
            ModelOptions.SayDefaultCap(terminal, options, model.Plan.CapBytes);
        }

        return new OpenModel(model, Stopwatch.GetElapsedTime(start));
    }

    public void Dispose() => Model.Dispose();

    private static LanguageModel OpenWithBar(Terminal terminal, string folder, LanguageModelOptions options, CancellationToken cancellationToken)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return console.Progress().AutoClear(true).Start(context =>
        {
            var task = context.AddTask("Loading", maxValue: 1);
            return LanguageModel.Open(folder, options, new LoadReport(progress => task.Value = (double)progress.BytesRead / progress.TotalBytes, cancellationToken));
        });
    }

    // Reports on the thread that opens the model, so that throwing ends the loading.
    private sealed class LoadReport(Action<LoadProgress>? show, CancellationToken cancellationToken) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value)
        {
            cancellationToken.ThrowIfCancellationRequested();
            show?.Invoke(value);
        }
    }
}
