using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace AwqIlgpu.Devices;

/// <summary>A fixed number of threads, the caller's among them, that do the parts of one piece of work together.</summary>
/// <remarks>
/// Each thread takes the next part that nobody has, so one that the system has put aside holds up no more than the part it is in.
/// Waiting threads spin for a while, since kernels follow each other closely, then sleep. A run allocates nothing.
/// One run at a time, from any thread; work must not start another run.
/// </remarks>
internal sealed unsafe class CpuThreadPool : IDisposable
{
    /// <summary>Rounds of <see cref="Thread.SpinWait"/> before a worker sleeps: some tens of microseconds, the gap between two kernels of a layer.</summary>
    private const int DefaultSpinRounds = 2000;

    /// <summary>Enough for the kernels' tiles, which live on the stack.</summary>
    private const int StackBytes = 512 * 1024;

    // The state of a run is one word, so that a thread that looked at an old run can never take a part of a later one:
    // the run's number in the upper 24 bits, then how many parts it has, then the next part to take, 20 bits each.
    private const int PartBits = 20;
    private const long PartMask = (1 << PartBits) - 1;

    private readonly int _spinRounds;
    private readonly Worker[] _workers;
    private delegate*<void*, int, void> _invoke;
    private void* _work;
    private long _run;
    private int _unfinished;
    private int _isBusy;
    private volatile bool _isDisposed;
    private Exception? _exception;

    /// <summary>Starts <paramref name="threadCount"/> - 1 threads.</summary>
    /// <param name="threadCount">Threads that work, with the caller's; at least 1.</param>
    /// <param name="spinRounds">How long a waiting thread spins before it sleeps.</param>
    public CpuThreadPool(int threadCount, int spinRounds = DefaultSpinRounds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        ThreadCount = threadCount;
        _spinRounds = spinRounds;
        _workers = new Worker[threadCount - 1];
        for (int i = 0; i < _workers.Length; i++)
        {
            _workers[i] = new Worker(this, i + 1);
        }
    }

    /// <summary>Threads that work, with the caller's.</summary>
    public int ThreadCount { get; }

    /// <summary>Does all parts of <paramref name="work"/> and returns when the last is done.</summary>
    /// <exception cref="InvalidOperationException">A run is under way.</exception>
    /// <exception cref="ObjectDisposedException">The pool is disposed.</exception>
    /// <remarks>An exception of a part, the first if there are several, is thrown here after all parts are done.</remarks>
    public void Run<TWork>(ref TWork work, int parts)
        where TWork : struct, IParallelWork
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(parts, PartMask);
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            throw new InvalidOperationException("The thread pool is running other work; runs do not nest or overlap.");
        }

        try
        {
            // Pinned, since the struct may be a field of an object.
            fixed (byte* pointer = &Unsafe.As<TWork, byte>(ref work))
            {
                _work = pointer;
                _invoke = &Invoke<TWork>;
                _unfinished = parts;
                long number = (_run >> (2 * PartBits)) + 1;
                Interlocked.Exchange(ref _run, (number << (2 * PartBits)) | ((long)parts << PartBits));
                if (parts > 1)
                {
                    foreach (var worker in _workers)
                    {
                        worker.Wake();
                    }
                }

                RunParts();
                var spinner = default(SpinWait);
                while (Volatile.Read(ref _unfinished) > 0)
                {
                    // Never sleeps a whole millisecond: the others are about to finish.
                    spinner.SpinOnce(sleep1Threshold: -1);
                }
            }

            if (_exception is { } exception)
            {
                _exception = null;
                ExceptionDispatchInfo.Throw(exception);
            }
        }
        finally
        {
            Volatile.Write(ref _isBusy, 0);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        if (_isDisposed)
        {
            return;
        }

        _isDisposed = true;
        Interlocked.MemoryBarrier();
        foreach (var worker in _workers)
        {
            worker.Wake();
        }

        foreach (var worker in _workers)
        {
            worker.Dispose();
        }
    }

    private static void Invoke<TWork>(void* work, int part)
        where TWork : struct, IParallelWork => Unsafe.AsRef<TWork>(work).Run(part);

    private static bool HasParts(long run) => (run & PartMask) < ((run >> PartBits) & PartMask);

    /// <summary>Takes parts of the current run until none is left.</summary>
    private void RunParts()
    {
        long run = Volatile.Read(ref _run);
        while (HasParts(run))
        {
            long seen = Interlocked.CompareExchange(ref _run, run + 1, run);
            if (seen != run)
            {
                run = seen;
                continue;
            }

            // The part is taken, so its run cannot end, and _work is that run's.
            try
            {
                _invoke(_work, (int)(run & PartMask));
            }
#pragma warning disable CA1031 // Whatever a part throws must reach the caller of Run, who rethrows it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _exception, exception, null);
            }

            Interlocked.Decrement(ref _unfinished);
            run = Volatile.Read(ref _run);
        }
    }

    private sealed class Worker : IDisposable
    {
        private readonly CpuThreadPool _pool;
        private readonly AutoResetEvent _wake = new(false);
        private readonly Thread _thread;
        private int _isAsleep;

        public Worker(CpuThreadPool pool, int index)
        {
            _pool = pool;
            _thread = new Thread(Loop, StackBytes) { IsBackground = true, Name = $"AwqIlgpu worker {index}" };
            _thread.Start();
        }

        public void Wake()
        {
            if (Volatile.Read(ref _isAsleep) != 0)
            {
                _wake.Set();
            }
        }

        /// <summary>Waits for the thread, which the pool has told to end.</summary>
        public void Dispose()
        {
            _thread.Join();
            _wake.Dispose();
        }

        private void Loop()
        {
            while (!_pool._isDisposed)
            {
                if (Wait())
                {
                    _pool.RunParts();
                }
            }
        }

        /// <summary>Returns true when there are parts to take, false when the pool ends.</summary>
        private bool Wait()
        {
            for (int i = 0; i < _pool._spinRounds; i++)
            {
                if (HasParts(Volatile.Read(ref _pool._run)))
                {
                    return true;
                }

                Thread.SpinWait(8);
            }

            while (!_pool._isDisposed)
            {
                // Announced before the last look, with a full fence: either this thread sees the new run or Wake sees it asleep.
                Interlocked.Exchange(ref _isAsleep, 1);
                bool hasParts = HasParts(Volatile.Read(ref _pool._run));
                if (!hasParts && !_pool._isDisposed)
                {
                    _wake.WaitOne();
                    hasParts = HasParts(Volatile.Read(ref _pool._run));
                }

                Volatile.Write(ref _isAsleep, 0);
                if (hasParts)
                {
                    return true;
                }
            }

            return false;
        }
    }
}
