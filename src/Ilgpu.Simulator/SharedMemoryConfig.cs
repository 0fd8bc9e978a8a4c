using System.Runtime.CompilerServices;

namespace ILGPU;

public readonly struct SharedMemoryConfig
{
    public static readonly SharedMemoryConfig Empty;

    public SharedMemoryConfig(int numElements, int elementSize)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numElements);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(elementSize);
        NumElements = numElements;
        ElementSize = elementSize;
    }

    public int NumElements { get; }

    public int ElementSize { get; }

    public int ArraySize => NumElements * ElementSize;

    public bool UsesDynamicSharedMemory => NumElements > 0;

    public static SharedMemoryConfig RequestDynamic<T>(int numElements)
        where T : unmanaged => new(numElements, Unsafe.SizeOf<T>());
}
