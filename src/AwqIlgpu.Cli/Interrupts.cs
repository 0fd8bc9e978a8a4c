using System.Runtime.InteropServices;

namespace AwqIlgpu.Cli;

/// <summary>Ctrl+C: the first asks what runs to end, the next ends the process.</summary>
internal sealed class Interrupts : IDisposable
{
    private const int ExitCode = 130;

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _command = new();
    private readonly List<PosixSignalRegistration> _registrations = [];
    private CancellationTokenSource? _answer;

    /// <summary>Cancelled when the command should end.</summary>
    public CancellationToken Token => _command.Token;

    /// <summary>Whether an interrupt ends the process at once, because nothing runs that could end in order.</summary>
    public bool EndsProcess { get; set; }

    /// <summary>Listens to the signals of this process.</summary>
    public static Interrupts OfProcess()
    {
        var interrupts = new Interrupts();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
        {
            interrupts._registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                interrupts.Raise();
            }));
        }

        return interrupts;
    }

    /// <summary>Starts an answer that the next interrupt stops in place of the command.</summary>
    public CancellationTokenSource BeginAnswer()
    {
        lock (_gate)
        {
            return _answer = new CancellationTokenSource();
        }
    }

    /// <summary>Ends the answer of <see cref="BeginAnswer"/>.</summary>
    public void EndAnswer()
    {
        lock (_gate)
        {
            _answer = null;
        }
    }

    /// <summary>One interrupt.</summary>
    public void Raise()
    {
        lock (_gate)
        {
            if (_answer is { IsCancellationRequested: false })
            {
                _answer.Cancel();
                return;
            }

            if (EndsProcess || _command.IsCancellationRequested)
            {
                Environment.Exit(ExitCode);
            }

            _command.Cancel();
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _command.Dispose();
    }
}
