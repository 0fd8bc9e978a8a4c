using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>What a kernel tells the processor of the memory that it will read.</summary>
internal static unsafe class CacheLine
{
    /// <summary>Asks for the line of <paramref name="address"/>; a hint, harmless beyond the end of a buffer, nothing where the processor has no such instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }
}
