namespace AwqIlgpu.Devices;

/// <summary>An operation whose rows do not depend on each other.</summary>
internal interface IRowOperation
{
    /// <summary>Computes some rows.</summary>
    void Run(int firstRow, int rows);
}

/// <summary>Spreads an operation's rows over threads, in contiguous parts of equal size.</summary>
internal readonly struct RowWork<TOperation>(TOperation operation, int rows, int parts) : IParallelWork
    where TOperation : struct, IRowOperation
{
    /// <inheritdoc/>
    public void Run(int part)
    {
        int first = (int)((long)rows * part / parts);
        int end = (int)((long)rows * (part + 1) / parts);
        operation.Run(first, end - first);
    }
}
