namespace AwqIlgpu.Tokenization.Decoders;

/// <summary>Takes up to a number of one character off the front of each token, and up to another number off its end.</summary>
internal sealed class StripStep : DecoderStep
{
    private readonly DecoderStep _next;
    private readonly char _content;
    private readonly int _start;
    private readonly int _stop;

    // How many may still go from the front, and how many at the end wait to see whether the token ends with them.
    private int _front;
    private int _held;

    public StripStep(DecoderStep next, char content, int start, int stop)
    {
        _next = next;
        _content = content;
        _start = start;
        _stop = stop;
        _front = start;
    }

    public override void Write(ReadOnlySpan<char> fragment, bool endsToken)
    {
        int skipped = 0;
        while (_front > 0 && skipped < fragment.Length && fragment[skipped] == _content)
        {
            skipped++;
            _front--;
        }

        fragment = fragment[skipped..];
        if (fragment.Length > 0)
        {
            _front = 0;
            int trailing = fragment.Length - fragment.TrimEnd(_content).Length;
            int waiting = trailing + (trailing == fragment.Length ? _held : 0);
            int held = Math.Min(_stop, waiting);

            // What was held goes out first, except for as much of it as is held again.
            int released = trailing == fragment.Length ? waiting - held : _held;
            for (int i = 0; i < released; i++)
            {
                _next.Write([_content], endsToken: false);
            }

            if (trailing < fragment.Length)
            {
                _next.Write(fragment[..^held], endsToken: false);
            }

            _held = held;
        }

        if (endsToken)
        {
            _next.Write([], endsToken: true);
            _front = _start;
            _held = 0;
        }
    }

    public override void End() => _next.End();
}
