using AwqIlgpu.Devices;
using AwqIlgpu.Kernels;
using AwqIlgpu.Models;

namespace AwqIlgpu.Generation;

/// <summary>The thread that runs a model: takes sequences from any thread, batches them step by step, gives each its tokens.</summary>
internal sealed class Engine : IDisposable
{
    private readonly DecoderModel _model;
    private readonly KvBlockAllocator _blocks;
    private readonly Scheduler _scheduler;
    private readonly StepBatch _batch;
    private readonly int[] _sampledRows;
    private readonly int[] _scoredRows;
    private readonly Sequence[] _sampled;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private readonly Queue<Sequence> _arrivals = new();
    private readonly AutoResetEvent _wake = new(false);
    private volatile bool _stopping;

    public Engine(DecoderModel model, MemorySettings settings)
    {
        _model = model;
        _blocks = new KvBlockAllocator(new KvCache(model.Config, settings).Classes, KvBlockLayout.BlockSize, settings.Batch, settings.Context);
        _scheduler = new Scheduler(model, _blocks, settings.Chunk, settings.Batch);
        _batch = new StepBatch(DecoderModel.StepRows(settings), settings.Batch);
        _sampledRows = new int[settings.Batch];
        _scoredRows = new int[DecoderModel.LogitsRows(settings)];
        _sampled = new Sequence[settings.Batch];
        _thread = new Thread(Run) { IsBackground = true, Name = "AwqIlgpu engine" };
        _thread.Start();
    }

    /// <summary>Bytes of the KV cache that sequences have.</summary>
    public long KvLiveBytes => _blocks.LiveBytes;

    /// <summary>Most that <see cref="KvLiveBytes"/> ever was.</summary>
    public long KvHighWaterBytes => _blocks.HighWaterBytes;

    /// <summary>Queues a sequence.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Add(Sequence sequence)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(LanguageModel));
            _arrivals.Enqueue(sequence);
        }

        _wake.Set();
    }

    /// <summary>Cancels what runs and waits for the thread.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
        }

        _wake.Set();
        _thread.Join();
        _wake.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_arrivals.TryDequeue(out var sequence))
                {
                    _scheduler.Add(sequence);
                }

                if (_stopping)
                {
                    break;
                }
            }

            if (!_scheduler.HasWork)
            {
                _wake.WaitOne();
            }
            else if (_scheduler.Fill(_batch))
            {
                Step();
            }
        }

        _scheduler.RemoveAll();
    }

    private void Step()
    {
        try
        {
            _model.Forward(_batch);
        }
        catch (Exception e)
        {
            // A step is one pass for all its sequences: without its results none of them can go on, but later ones can.
            foreach (var sequence in _scheduler.Scheduled)
            {
                _scheduler.Remove(sequence, _model.Device.Explain(e));
            }

            return;
        }

        var segments = _batch.Segments;
        int sampled = 0;
        for (int i = 0; i < segments.Length; i++)
        {
            var sequence = _scheduler.Scheduled[i];
            sequence.Cached += segments[i].Rows;
            if (sequence.OnLogits is not null)
            {
                Score(sequence, segments[i]);
            }
            else if (sequence.Cached == sequence.Length)
            {
                _sampledRows[sampled] = segments[i].FirstRow + segments[i].Rows - 1;
                _sampled[sampled++] = sequence;
            }
        }

        if (sampled > 0)
        {
            Sample(_sampledRows.AsSpan(0, sampled));
        }
    }

    private void Sample(ReadOnlySpan<int> rows)
    {
        int vocabulary = _model.Config.VocabularySize;
        Span<float> logits = default;
        ReadOnlySpan<TopToken> best = default;
        bool takesBest = true;
        for (int i = 0; i < rows.Length; i++)
        {
            takesBest &= _sampled[i].Sampler!.TakesBest;
        }

        try
        {
            // From a device with memory of its own, three words come in place of a vocabulary.
            if (takesBest)
            {
                best = _model.Best(rows);
            }
            else
            {
                logits = _model.Logits(rows);
            }
        }
        catch (Exception e)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                _scheduler.Remove(_sampled[i], _model.Device.Explain(e));
            }

            return;
        }

        for (int i = 0; i < rows.Length; i++)
        {
            var sequence = _sampled[i];
            try
            {
                float logProbability = takesBest ? best[i].LogProbability : 0;
                int token = takesBest
                    ? sequence.Sampler!.Take(best[i])
                    : sequence.Sampler!.Sample(logits.Slice(i * vocabulary, vocabulary), _model.SamplingWorkspace, out logProbability);
                if (sequence.Append(token, logProbability) is not null)
                {
                    _scheduler.Remove(sequence);
                }
            }
            catch (InvalidDataException e)
            {
                // A row without numbers ends its own sequence; the others keep their tokens.
                _scheduler.Remove(sequence, e);
            }
        }
    }

    // Every row's logits, as many rows at a time as the plan has room for.
    private void Score(Sequence sequence, StepBatch.Segment segment)
    {
        int vocabulary = _model.Config.VocabularySize;
        try
        {
            for (int first = 0; first < segment.Rows; first += _scoredRows.Length)
            {
                int count = Math.Min(_scoredRows.Length, segment.Rows - first);
                for (int i = 0; i < count; i++)
                {
                    _scoredRows[i] = segment.FirstRow + first + i;
                }

                var logits = _model.Logits(_scoredRows.AsSpan(0, count));
                for (int i = 0; i < count; i++)
                {
                    sequence.OnLogits!(segment.FirstPosition + first + i, logits.Slice(i * vocabulary, vocabulary));
                }
            }
        }
        catch (Exception e)
        {
            // The handler is the caller's code; whatever it throws is the caller's to see and nobody else's.
            _scheduler.Remove(sequence, _model.Device.Explain(e));
            return;
        }

        if (sequence.Cached == sequence.Length)
        {
            _scheduler.Remove(sequence);
        }
    }
}
