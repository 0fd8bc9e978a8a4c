namespace AwqIlgpu.Generation;

/// <summary>Turns a sequence's tokens into text as they come, and ends the sequence at a stop string.</summary>
internal sealed class TokenStream : IDisposable
{
    private readonly Sequence _sequence;
    private readonly StreamingDecoder? _decoder;
    private readonly StopStrings? _stop;
    private int _read;
    private bool _ended;

    /// <param name="sequence">The request; disposed with the stream.</param>
    /// <param name="decoder">Turns tokens into text; null where the model has no tokenizer.</param>
    /// <param name="stop">Strings that end the text.</param>
    /// <exception cref="ArgumentException">There are stop strings and no tokenizer.</exception>
    public TokenStream(Sequence sequence, StreamingDecoder? decoder, IReadOnlyList<string> stop)
    {
        if (stop.Count > 0)
        {
            _stop = decoder is null ? throw new ArgumentException("Stop strings need a tokenizer, and the model was opened without one.", nameof(stop)) : new StopStrings(stop);
        }

        _sequence = sequence;
        _decoder = decoder;
    }

    /// <summary>The next token; null after the last.</summary>
    /// <exception cref="OperationCanceledException">The caller cancelled, or the model was disposed.</exception>
    /// <exception cref="InvalidDataException">The sequence failed.</exception>
    public async ValueTask<GeneratedToken?> NextAsync(CancellationToken cancellationToken)
    {
        if (_ended)
        {
            return null;
        }

        while (true)
        {
            // Looked at before the tokens are: they do not grow after it.
            bool finished = _sequence.IsFinished;
            if (_read < _sequence.Generated)
            {
                break;
            }

            if (finished)
            {
                _sequence.ThrowIfFailed();
                throw new OperationCanceledException("The model was disposed before the request ended.");
            }

            await _sequence.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        int index = _read++;
        // The reason is there before the last token is, so a token that is seen without one has a successor.
        var reason = index + 1 == _sequence.Generated ? _sequence.FinishReason : null;
        string text = Text(_sequence.GeneratedToken(index), ref reason);
        _ended = reason is not null;
        return new GeneratedToken(
            _sequence.GeneratedToken(index),
            text,
            _sequence.LogProbability(index),
            reason,
            _ended ? _sequence.Statistics with { GeneratedTokens = _read } : null);
    }

    /// <summary>Ends the sequence if it still runs.</summary>
    public void Dispose() => _sequence.Cancel();

    // Text that the token completes; a stop string in it becomes the reason, whatever the engine goes on to do.
    private string Text(int token, ref FinishReason? reason)
    {
        if (_decoder is null)
        {
            return "";
        }

        string text = _decoder.Push(token);
        if (reason is not null)
        {
            text += _decoder.Flush();
        }

        if (_stop is null)
        {
            return text;
        }

        text = _stop.Feed(text);
        if (_stop.Match is not null)
        {
            reason = FinishReason.StopString;
        }
        else if (reason is not null)
        {
            text += _stop.Finish();
        }

        return text;
    }
}
