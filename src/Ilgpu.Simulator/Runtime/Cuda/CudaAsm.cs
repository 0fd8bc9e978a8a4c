using System.Runtime.CompilerServices;
using ILGPU.Simulation;

namespace ILGPU.Runtime.Cuda;

/// <summary>Inline PTX, executed from its description in the PTX ISA; see <see cref="PtxProgram"/> for the instructions known.</summary>
public static class CudaAsm
{
    public static bool IsSupported => (LaneContext.Current?.Accelerator ?? Accelerator.Current)?.AcceleratorType == AcceleratorType.Cuda;

    public static void Emit(string asm) => PtxCall.Begin(asm).Run();

    public static void Emit<T0>(string asm, T0 arg0)
        where T0 : struct => PtxCall.Begin(asm).Input(ref arg0).Run();

    public static void Emit<T0>(string asm, out T0 arg0)
        where T0 : struct
    {
        Unsafe.SkipInit(out arg0);
        PtxCall.Begin(asm).Output(ref arg0).Run();
    }

    public static void Emit<T0, T1>(string asm, T0 arg0, T1 arg1)
        where T0 : struct
        where T1 : struct => PtxCall.Begin(asm).Input(ref arg0).Input(ref arg1).Run();

    public static void Emit<T0, T1>(string asm, out T0 arg0, T1 arg1)
        where T0 : struct
        where T1 : struct
    {
        Unsafe.SkipInit(out arg0);
        PtxCall.Begin(asm).Output(ref arg0).Input(ref arg1).Run();
    }

    public static void Emit<T0, T1, T2>(string asm, T0 arg0, T1 arg1, T2 arg2)
        where T0 : struct
        where T1 : struct
        where T2 : struct => PtxCall.Begin(asm).Input(ref arg0).Input(ref arg1).Input(ref arg2).Run();

    public static void Emit<T0, T1, T2>(string asm, out T0 arg0, T1 arg1, T2 arg2)
        where T0 : struct
        where T1 : struct
        where T2 : struct
    {
        Unsafe.SkipInit(out arg0);
        PtxCall.Begin(asm).Output(ref arg0).Input(ref arg1).Input(ref arg2).Run();
    }

    public static void Emit<T0, T1, T2, T3>(string asm, T0 arg0, T1 arg1, T2 arg2, T3 arg3)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct => PtxCall.Begin(asm).Input(ref arg0).Input(ref arg1).Input(ref arg2).Input(ref arg3).Run();

    public static void Emit<T0, T1, T2, T3>(string asm, out T0 arg0, T1 arg1, T2 arg2, T3 arg3)
        where T0 : struct
        where T1 : struct
        where T2 : struct
        where T3 : struct
    {
        Unsafe.SkipInit(out arg0);
        PtxCall.Begin(asm).Output(ref arg0).Input(ref arg1).Input(ref arg2).Input(ref arg3).Run();
    }

    public static void EmitRef<T0>(string asm, ref T0 arg0)
        where T0 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Run();

    public static void EmitRef<T0, T1>(string asm, ref T0 arg0, ref T1 arg1)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Run();

    public static void EmitRef<T0, T1, T2>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Run();

    public static void EmitRef<T0, T1, T2, T3>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Run();

    public static void EmitRef<T0, T1, T2, T3, T4>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3, ref T4 arg4)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter
        where T4 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Ref(ref arg4).Run();

    public static void EmitRef<T0, T1, T2, T3, T4, T5>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3, ref T4 arg4, ref T5 arg5)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter
        where T4 : struct, ICudaAsmEmitParameter
        where T5 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Ref(ref arg4).Ref(ref arg5).Run();

    public static void EmitRef<T0, T1, T2, T3, T4, T5, T6>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3, ref T4 arg4, ref T5 arg5, ref T6 arg6)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter
        where T4 : struct, ICudaAsmEmitParameter
        where T5 : struct, ICudaAsmEmitParameter
        where T6 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Ref(ref arg4).Ref(ref arg5).Ref(ref arg6).Run();

    public static void EmitRef<T0, T1, T2, T3, T4, T5, T6, T7>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3, ref T4 arg4, ref T5 arg5, ref T6 arg6, ref T7 arg7)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter
        where T4 : struct, ICudaAsmEmitParameter
        where T5 : struct, ICudaAsmEmitParameter
        where T6 : struct, ICudaAsmEmitParameter
        where T7 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Ref(ref arg4).Ref(ref arg5).Ref(ref arg6).Ref(ref arg7).Run();

    public static void EmitRef<T0, T1, T2, T3, T4, T5, T6, T7, T8>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3, ref T4 arg4, ref T5 arg5, ref T6 arg6, ref T7 arg7, ref T8 arg8)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter
        where T4 : struct, ICudaAsmEmitParameter
        where T5 : struct, ICudaAsmEmitParameter
        where T6 : struct, ICudaAsmEmitParameter
        where T7 : struct, ICudaAsmEmitParameter
        where T8 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Ref(ref arg4).Ref(ref arg5).Ref(ref arg6).Ref(ref arg7).Ref(ref arg8).Run();

    public static void EmitRef<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3, ref T4 arg4, ref T5 arg5, ref T6 arg6, ref T7 arg7, ref T8 arg8, ref T9 arg9)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter
        where T4 : struct, ICudaAsmEmitParameter
        where T5 : struct, ICudaAsmEmitParameter
        where T6 : struct, ICudaAsmEmitParameter
        where T7 : struct, ICudaAsmEmitParameter
        where T8 : struct, ICudaAsmEmitParameter
        where T9 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Ref(ref arg4).Ref(ref arg5).Ref(ref arg6).Ref(ref arg7).Ref(ref arg8).Ref(ref arg9).Run();

    public static void EmitRef<T0, T1, T2, T3, T4, T5, T6, T7, T8, T9, T10>(string asm, ref T0 arg0, ref T1 arg1, ref T2 arg2, ref T3 arg3, ref T4 arg4, ref T5 arg5, ref T6 arg6, ref T7 arg7, ref T8 arg8, ref T9 arg9, ref T10 arg10)
        where T0 : struct, ICudaAsmEmitParameter
        where T1 : struct, ICudaAsmEmitParameter
        where T2 : struct, ICudaAsmEmitParameter
        where T3 : struct, ICudaAsmEmitParameter
        where T4 : struct, ICudaAsmEmitParameter
        where T5 : struct, ICudaAsmEmitParameter
        where T6 : struct, ICudaAsmEmitParameter
        where T7 : struct, ICudaAsmEmitParameter
        where T8 : struct, ICudaAsmEmitParameter
        where T9 : struct, ICudaAsmEmitParameter
        where T10 : struct, ICudaAsmEmitParameter => PtxCall.Begin(asm).Ref(ref arg0).Ref(ref arg1).Ref(ref arg2).Ref(ref arg3).Ref(ref arg4).Ref(ref arg5).Ref(ref arg6).Ref(ref arg7).Ref(ref arg8).Ref(ref arg9).Ref(ref arg10).Run();
}
