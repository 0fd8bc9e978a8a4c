using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ILGPU;

public static class Interop
{
    public static int SizeOf<T>()
        where T : unmanaged => Unsafe.SizeOf<T>();

    public static int SizeOf<T>(T structure)
        where T : unmanaged => Unsafe.SizeOf<T>();

    public static int OffsetOf<T>(string fieldName)
        where T : unmanaged => Marshal.OffsetOf<T>(fieldName).ToInt32();

    public static ushort FloatAsInt(Half value) => value.RawValue;

    public static uint FloatAsInt(float value) => BitConverter.SingleToUInt32Bits(value);

    public static ulong FloatAsInt(double value) => BitConverter.DoubleToUInt64Bits(value);

    public static Half IntAsFloat(ushort value) => new(value);

    public static float IntAsFloat(uint value) => BitConverter.UInt32BitsToSingle(value);

    public static double IntAsFloat(ulong value) => BitConverter.UInt64BitsToDouble(value);

    public static void Write(string expression) => Console.Write(expression);

    public static void WriteLine(string expression) => Console.WriteLine(expression);

    public static void Write<T1>(string format, T1 arg1)
        where T1 : unmanaged => Console.Write(format, arg1);

    public static void WriteLine<T1>(string format, T1 arg1)
        where T1 : unmanaged => Console.WriteLine(format, arg1);

    public static void Write<T1, T2>(string format, T1 arg1, T2 arg2)
        where T1 : unmanaged
        where T2 : unmanaged => Console.Write(format, arg1, arg2);

    public static void WriteLine<T1, T2>(string format, T1 arg1, T2 arg2)
        where T1 : unmanaged
        where T2 : unmanaged => Console.WriteLine(format, arg1, arg2);
}
