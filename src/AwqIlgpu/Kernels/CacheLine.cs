using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>Where the processor's cache lines of 64 bytes begin, and what a kernel tells it of those that it will read.</summary>
internal static unsafe class CacheLine
{
    /// <summary>Bytes of a line.</summary>
    public const int Size = 64;

    /// <summary>The first line's beginning at or after <paramref name="address"/>.</summary>
    public static byte* Align(void* address) => (byte*)(((nint)address + Size - 1) & -Size);

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
