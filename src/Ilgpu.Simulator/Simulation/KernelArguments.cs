using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU.Simulation;

/// <summary>The arguments of a launch, one after the other as <see cref="KernelCompiler.ArgumentBytes"/> lays them out.</summary>
/// <param name="bytes">Bytes of all arguments.</param>
/// <param name="allocatedBefore">Bytes that the thread had allocated before the launch.</param>
internal sealed class KernelArguments(int bytes, long allocatedBefore)
{
    private readonly byte[] _bytes = GC.AllocateArray<byte>(Math.Max(bytes, 1), pinned: true);
    private int _used;

    public long AllocatedBefore { get; } = allocatedBefore;

    public unsafe nint Address => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_bytes));

    public KernelArguments Add<T>(T value)
        where T : struct
    {
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            throw new NotSupportedException($"A kernel cannot take {typeof(T).Name}: it holds a managed object.");
        }

        Unsafe.WriteUnaligned(ref _bytes[_used], value);
        _used += KernelCompiler.ArgumentBytes(typeof(T));
        return this;
    }
}
