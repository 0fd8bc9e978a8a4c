using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace AwqIlgpu.Devices;

/// <summary>A fixed number of threads, the caller's among them, that do the parts of one piece of work together.</summary>
/// <remarks>
/// Part i goes to thread i modulo the thread count, always. Waiting threads spin for a while, since kernels follow each other closely,
/// then sleep. A run allocates nothing. One run at a time, from any thread; work must not start another run.
/// </remarks>
internal sealed unsafe class CpuThreadPool : IDisposable
{
    /// <summary>Looks at the work counter before a worker sleeps: about a hundred microseconds, more than the gap between two kernels of a layer.</summary>
    private const int DefaultSpinRounds = 2000;

    /// <summary>Enough for the kernels' tiles, which live on the stack.</summary>
    private const int StackBytes = 512 * 1024;

    private readonly Worker[] _workers;
    private readonly int _spinRounds;
    private delegate*<void*, int, void> _invoke;
    private void* _work;
    private int _parts;
    private int _generation;
    private int _pending;
    private int _isBusy;
    private volatile bool _isDisposed;
    private Exception? _exception;

    /// <summary>Starts <paramref name="threadCount"/> - 1 threads.</summary>
    /// <param name="threadCount">Threads that work, with the caller's; at least 1.</param>
    /// <param name="spinRounds">Looks at the work counter, a few dozen nanoseconds apart, before a worker sleeps.</param>
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
    /// <remarks>An exception of a part, the first if there are several, is thrown here after all threads are done.</remarks>
    public void Run<TWork>(ref TWork work, int parts)
        where TWork : struct, IParallelWork
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (Interlocked.Exchange(ref _isBusy, 1) != 0)
        {
            throw new InvalidOperationException("The thread pool is running other work; runs do not nest or overlap.");
        }

        try
        {
            // Pinned, since the struct may be a field of an object.
            fixed (byte* pointer = &Unsafe.As<TWork, byte>(ref work))
            {
                int workers = Math.Min(_workers.Length, Math.Max(0, parts - 1));
                if (workers > 0)
                {
                    _work = pointer;
                    _invoke = &Invoke<TWork>;
                    _parts = parts;
                    Volatile.Write(ref _pending, _workers.Length);
                    Interlocked.Increment(ref _generation);
                    foreach (var worker in _workers)
                    {
                        worker.Wake();
                    }
                }

                RunParts(0, pointer, &Invoke<TWork>, parts);
                if (workers > 0)
                {
                    var spinner = default(SpinWait);
                    while (Volatile.Read(ref _pending) != 0)
                    {
                        // Never sleeps a whole millisecond: the others are about to finish.
                        spinner.SpinOnce(sleep1Threshold: -1);
                    }
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
        Interlocked.Increment(ref _generation);
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

    private void RunParts(int thread, void* work, delegate*<void*, int, void> invoke, int parts)
    {
        try
        {
            for (int part = thread; part < parts; part += ThreadCount)
            {
                invoke(work, part);
            }
        }
#pragma warning disable CA1031 // Whatever a part throws must reach the caller of Run, who rethrows it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Interlocked.CompareExchange(ref _exception, exception, null);
        }
    }

    private sealed class Worker : IDisposable
    {
        private readonly CpuThreadPool _pool;
        private readonly AutoResetEvent _wake = new(false);
        private readonly Thread _thread;
        private readonly int _index;
        private int _isAsleep;

        public Worker(CpuThreadPool pool, int index)
        {
            _pool = pool;
            _index = index;
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
            int generation = 0;
            while (true)
            {
                Wait(generation);
                generation++;
                if (_pool._isDisposed)
                {
                    return;
                }

                _pool.RunParts(_index, _pool._work, _pool._invoke, _pool._parts);
                Interlocked.Decrement(ref _pool._pending);
            }
        }

        private void Wait(int generation)
        {
            for (int i = 0; i < _pool._spinRounds; i++)
            {
                if (Volatile.Read(ref _pool._generation) != generation)
                {
                    return;
                }

                Thread.SpinWait(8);
            }

            while (Volatile.Read(ref _pool._generation) == generation)
            {
                // Announced before the last look, with a full fence: either this thread sees the new generation or Wake sees it asleep.
                Interlocked.Exchange(ref _isAsleep, 1);
                if (Volatile.Read(ref _pool._generation) == generation)
                {
                    _wake.WaitOne();
                }

                Volatile.Write(ref _isAsleep, 0);
            }
        }
    }
}
