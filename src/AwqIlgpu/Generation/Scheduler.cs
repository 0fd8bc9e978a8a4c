using AwqIlgpu.Devices;
using AwqIlgpu.Models;

namespace AwqIlgpu.Generation;

/// <summary>Decides which tokens go into the next forward pass: one of each sequence that decodes, then prompt chunks in order of arrival.</summary>
/// <remarks>A sequence is admitted only when all the KV blocks that it can ever need are free, so one that has started never runs out.</remarks>
internal sealed class Scheduler(DecoderModel model, KvBlockAllocator blocks, int chunk, int maxSequences)
{
    private readonly Queue<Sequence> _waiting = new();
    private readonly List<Sequence> _active = new(maxSequences);

    /// <summary>Sequences in the current batch, in the order of its segments.</summary>
    public List<Sequence> Scheduled { get; } = new(maxSequences);

    /// <summary>Whether any sequence waits or runs.</summary>
    public bool HasWork => _waiting.Count + _active.Count > 0;

    /// <summary>Takes a sequence; it runs when there is room.</summary>
    public void Add(Sequence sequence) => _waiting.Enqueue(sequence);

    /// <summary>Fills <paramref name="batch"/> with the next step's rows; false where there is nothing to do.</summary>
    public bool Fill(StepBatch batch)
    {
        DropCancelled();
        Admit();
        batch.Clear();
        Scheduled.Clear();
        foreach (var sequence in _active)
        {
            if (sequence.Length - sequence.Cached == 1)
            {
                Schedule(sequence, 1, batch);
            }
        }

        int prefill = chunk;
        foreach (var sequence in _active)
        {
            int pending = sequence.Length - sequence.Cached;
            if (pending > 1 && prefill > 0 && batch.Rows < batch.MaxRows)
            {
                int rows = Math.Min(Math.Min(pending, prefill), batch.MaxRows - batch.Rows);
                Schedule(sequence, rows, batch);
                prefill -= rows;
            }
        }

        return batch.Rows > 0;
    }

    /// <summary>Removes a sequence and frees its blocks; the caller learns what made it fail, if anything did.</summary>
    public void Remove(Sequence sequence, Exception? error = null)
    {
        _active.Remove(sequence);
        blocks.Release(sequence.KvSequence);
        sequence.Finish(error);
    }

    /// <summary>Removes every sequence.</summary>
    public void RemoveAll()
    {
        while (_active.Count > 0)
        {
            Remove(_active[^1]);
        }

        while (_waiting.TryDequeue(out var sequence))
        {
            sequence.Finish();
        }
    }

    private void Schedule(Sequence sequence, int rows, StepBatch batch)
    {
        sequence.Start();
        batch.Add(sequence.Tokens.Slice(sequence.Cached, rows), sequence.Cached, blocks.BlockTables(sequence.KvSequence), sequence.Rotations, sequence.Cached < sequence.PromptTokens);
        Scheduled.Add(sequence);
    }

    private void DropCancelled()
    {
        for (int i = _active.Count - 1; i >= 0; i--)
        {
            if (_active[i].IsCancelled)
            {
                Remove(_active[i]);
            }
        }

        // Once around: those that stay keep their order.
        for (int i = _waiting.Count; i > 0; i--)
        {
            var sequence = _waiting.Dequeue();
            if (sequence.IsCancelled)
            {
                sequence.Finish();
            }
            else
            {
                _waiting.Enqueue(sequence);
            }
        }
    }

    private void Admit()
    {
        while (_active.Count < maxSequences && _waiting.TryPeek(out var sequence))
        {
            if (!blocks.TryReserve(sequence.Capacity, out int kvSequence))
            {
                return;
            }

            _waiting.Dequeue();
            sequence.KvSequence = kvSequence;
            _active.Add(sequence);
        }

        foreach (var sequence in _active)
        {
            model.PrepareRotations(sequence);
        }
    }
}
