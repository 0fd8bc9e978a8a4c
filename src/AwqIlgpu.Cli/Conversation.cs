using System.Text;
using AwqIlgpu.Cli.Output;

namespace AwqIlgpu.Cli;

/// <summary>Reads messages, streams answers, keeps the history.</summary>
internal sealed class Conversation
{
    private const string Help = "/reset forgets the conversation, /stats tells speed and memory of the last answer, /exit leaves; Ctrl+C stops an answer.";

    private readonly Terminal _terminal;
    private readonly OpenModel _open;
    private readonly string? _system;
    private readonly GenerationOptions _options;
    private readonly List<ChatMessage> _history = [];
    private GenerationStatistics? _last;

    /// <param name="terminal">Where messages come from and answers go.</param>
    /// <param name="open">A model with a chat template.</param>
    /// <param name="system">The system message; null for none.</param>
    /// <param name="options">How to answer.</param>
    public Conversation(Terminal terminal, OpenModel open, string? system, GenerationOptions options)
    {
        _terminal = terminal;
        _open = open;
        _system = system;
        _options = options;
        Reset();
    }

    /// <summary>Runs until the input ends or says /exit.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        if (_terminal.HasKeyboard)
        {
            _terminal.Error.WriteLine(Help);
        }

        while (ReadMessage() is { } message)
        {
            cancellationToken.ThrowIfCancellationRequested();
            switch (message.Trim())
            {
                case "":
                    break;
                case "/exit":
                    return 0;
                case "/reset":
                    Reset();
                    break;
                case "/stats":
                    WriteStatistics();
                    break;
                case "/help":
                    _terminal.Error.WriteLine(Help);
                    break;
                case ['/', .. var command] when !command.Contains('/', StringComparison.Ordinal) && !command.Contains(' ', StringComparison.Ordinal):
                    _terminal.Error.WriteLine($"/{command} is unknown. {Help}");
                    break;
                default:
                    await AnswerAsync(message).ConfigureAwait(false);
                    break;
            }
        }

        return 0;
    }

    private string? ReadMessage()
    {
        if (_terminal.HasKeyboard)
        {
            _terminal.Out.Write("> ");
            _terminal.Out.Flush();
        }

        // Reading a line cannot be cancelled.
        _terminal.Interrupts.EndsProcess = true;
        string? line = _terminal.In.ReadLine();
        _terminal.Interrupts.EndsProcess = false;
        return line;
    }

    private void WriteStatistics()
    {
        if (_last is null)
        {
            _terminal.Error.WriteLine("No answer was finished yet.");
        }
        else
        {
            StatisticsPanel.Write(_terminal.Error, _last, _open);
        }
    }

    private void Reset()
    {
        _history.Clear();
        if (_system is not null)
        {
            _history.Add(new ChatMessage("system", _system));
        }
    }

    private async Task AnswerAsync(string message)
    {
        _history.Add(new ChatMessage("user", message));
        var answer = new StringBuilder();
        using var stop = _terminal.Interrupts.BeginAnswer();
        try
        {
            await foreach (var token in _open.Model.ChatAsync(_history, _options, stop.Token).ConfigureAwait(false))
            {
                answer.Append(token.Text);
                _terminal.Out.Write(token.Text);
                _terminal.Out.Flush();
                _last = token.Statistics ?? _last;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            _terminal.Error.Write(" [stopped]");
        }
        catch (ArgumentException) when (answer.Length == 0)
        {
            // The model checks the length of a prompt before anything else.
            _terminal.Error.WriteLine($"The conversation no longer fits the context of {_open.Model.Plan.Settings.Context} tokens; /reset starts over, --context N makes room.");
        }
        finally
        {
            _terminal.Interrupts.EndAnswer();
        }

        if (answer.Length == 0)
        {
            _history.RemoveAt(_history.Count - 1);
        }
        else
        {
            _history.Add(new ChatMessage("assistant", answer.ToString()));
            _terminal.Out.WriteLine();
            _terminal.Out.Flush();
        }
    }
}
