using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>The instruction sets that the CPU kernels are written for, widest first.</summary>
/// <remarks>
/// Every path runs on every machine: where an instruction is missing, portable vector code does the same arithmetic, slowly.
/// All paths give the same bits for int4 weights; for float weights the width of a vector decides the order of a sum.
/// </remarks>
internal enum CpuPath
{
    /// <summary>512-bit vectors, products by <c>vpmaddubsw</c>.</summary>
    Avx512,

    /// <summary>256-bit vectors, products by <c>vpdpbusd</c>.</summary>
    AvxVnni,

    /// <summary>256-bit vectors, products by <c>vpmaddubsw</c>.</summary>
    Avx2,

    /// <summary>128-bit vectors, products by Arm's <c>sdot</c>.</summary>
    ArmDot,

    /// <summary>128-bit vectors, products by <c>pmaddubsw</c> or portable code.</summary>
    Vector128,
}

/// <summary>Chooses the path for this machine.</summary>
internal static class CpuPaths
{
    /// <summary>The paths that this machine has all instructions for, fastest first; the last one needs none.</summary>
    public static IReadOnlyList<CpuPath> Supported { get; } = [.. Enum.GetValues<CpuPath>().Where(IsSupported)];

    /// <summary>The path that models take: the fastest that this machine has all instructions for.</summary>
    public static CpuPath Best { get; } = Supported[0];

    private static bool IsSupported(CpuPath path) => path switch
    {
        CpuPath.Avx512 => Avx512BW.IsSupported,
        CpuPath.AvxVnni => AvxVnni.IsSupported,
        CpuPath.Avx2 => Avx2.IsSupported && Fma.IsSupported,
        CpuPath.ArmDot => Dp.IsSupported,
        _ => true,
    };

    /// <summary>Output rows that one register tile of the int4 kernels covers: two vectors of 32-bit lanes.</summary>
    public static int TileRows(CpuPath path) => path switch
    {
        CpuPath.Avx512 => 32,
        CpuPath.AvxVnni or CpuPath.Avx2 => 16,
        _ => 8,
    };
}
