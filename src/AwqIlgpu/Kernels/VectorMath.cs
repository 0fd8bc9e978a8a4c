using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace AwqIlgpu.Kernels;

/// <summary>The arithmetic that the float kernels share: one multiply-add, its exponentials, one order of summation.</summary>
/// <remarks>
/// <para>Every function gives the same bits for a lane whatever its neighbours hold, so a result does not depend on how rows are cut into vectors or shared between threads.</para>
/// <para>
/// The loops of inference that call it are compiled with <see cref="MethodImplOptions.AggressiveOptimization"/>: left to the runtime, they begin without optimisation, where each
/// vector operation is a call, and the first prompt of a process waits for it.
/// </para>
/// <para>Source: polynomials of expf, exp2f and tanhf from Moshier, Cephes Mathematical Library, single precision.</para>
/// </remarks>
internal static unsafe class VectorMath
{
    /// <summary>a * b + c, with one rounding where the processor has the instruction and with two where it does not; the same throughout a process.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c)
    {
        if (Fma.IsSupported)
        {
            return Fma.MultiplyAdd(a, b, c);
        }

        return AdvSimd.IsSupported ? Vector256.FusedMultiplyAdd(a, b, c) : (a * b) + c;
    }

    /// <summary>a * b + c on four lanes, rounded as eight are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Fma.IsSupported || AdvSimd.IsSupported ? Vector128.FusedMultiplyAdd(a, b, c) : (a * b) + c;

    /// <summary>a * b + c on sixteen lanes; bit for bit what two eights give.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c)
    {
        if (Avx512F.IsSupported)
        {
            return Avx512F.FusedMultiplyAdd(a, b, c);
        }

        return Vector512.Create(MultiplyAdd(a.GetLower(), b.GetLower(), c.GetLower()), MultiplyAdd(a.GetUpper(), b.GetUpper(), c.GetUpper()));
    }

    /// <summary>a * b + c, rounded as the vector form rounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAdd(float a, float b, float c) =>
        Fma.IsSupported || AdvSimd.IsSupported ? MathF.FusedMultiplyAdd(a, b, c) : (a * b) + c;

    /// <summary>e^x within 2e-7 of its size; exactly 1 at 0, exactly 0 below -87.33 (also at -infinity), infinity above 88.37, NaN for NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp(Vector256<float> x)
    {
        // Adding 1.5 * 2^23 leaves n = round(x / ln 2) in the low bits of the sum.
        var shift = Vector256.Create(12582912f);
        var shifted = MultiplyAdd(x, Vector256.Create(1.44269504088896341f), shift);
        var n = shifted - shift;
        // ln 2 in two parts, the first with few enough bits that n times it is exact.
        var r = MultiplyAdd(n, Vector256.Create(-0.693359375f), x);
        r = MultiplyAdd(n, Vector256.Create(2.12194440e-4f), r);

        var p = Vector256.Create(1.9875691500e-4f);
        p = MultiplyAdd(p, r, Vector256.Create(1.3981999507e-3f));
        p = MultiplyAdd(p, r, Vector256.Create(8.3334519073e-3f));
        p = MultiplyAdd(p, r, Vector256.Create(4.1665795894e-2f));
        p = MultiplyAdd(p, r, Vector256.Create(1.6666665459e-1f));
        p = MultiplyAdd(p, r, Vector256.Create(5.0000001201e-1f));
        p = MultiplyAdd(p, r * r, r) + Vector256.Create(1f);

        var power = ((shifted.AsInt32() << 23) + Vector256.Create(0x3F800000)).AsSingle();
        // Outside these bounds the exponent field has wrapped; what it holds is replaced here.
        var result = Vector256.ConditionalSelect(Vector256.GreaterThan(x, Vector256.Create(88.37f)), Vector256.Create(float.PositiveInfinity), p * power);
        return Vector256.AndNot(result, Vector256.LessThan(x, Vector256.Create(-87.33f)));
    }

    /// <summary>2^x within 2e-7 of its size for x below 128; exactly 1 at 0, exactly 0 below -126 (also at -infinity), NaN for the NaN that arithmetic makes (one without payload).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exp2<TLanes, TVector>(TVector x)
        where TLanes : struct, ILanes<TVector>
        where TVector : unmanaged
    {
        // As in Exp; what is left of x after the nearest integer is exact.
        var shift = TLanes.Create(12582912f);
        var shifted = TLanes.Add(x, shift);
        var r = TLanes.Subtract(x, TLanes.Subtract(shifted, shift));

        var p = TLanes.Create(1.535336188319500e-4f);
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1.339887440266574e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(9.618437357674640e-3f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(5.550332471162809e-2f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(2.402264791363012e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(6.931472028550421e-1f));
        p = TLanes.MultiplyAdd(p, r, TLanes.Create(1f));

        // n is added to the exponent of p, since 2^128 is no float: n is 128 only where p is below 1, and -126 only where it is not.
        var result = TLanes.AddInt(p, TLanes.ShiftLeftInt(shifted, 23));
        return TLanes.SelectLess(x, TLanes.Create(-126f), TLanes.Zero, result);
    }

    /// <summary><see cref="Exp2{TLanes, TVector}"/> on eight lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Exp2(Vector256<float> x) => Exp2<Lanes256, Vector256<int>>(x.AsInt32()).AsSingle();

    /// <summary>tanh(x) within 3e-7 of its size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Tanh(Vector256<float> x)
    {
        var z = x * x;
        var p = Vector256.Create(-5.70498872745e-3f);
        p = MultiplyAdd(p, z, Vector256.Create(2.06390887954e-2f));
        p = MultiplyAdd(p, z, Vector256.Create(-5.37397155531e-2f));
        p = MultiplyAdd(p, z, Vector256.Create(1.33314422036e-1f));
        p = MultiplyAdd(p, z, Vector256.Create(-3.33332819422e-1f));
        var small = MultiplyAdd(p * z, x, x);

        var magnitude = Vector256.Abs(x);
        var large = Vector256.Create(1f) - (Vector256.Create(2f) / (Exp(magnitude + magnitude) + Vector256.Create(1f)));
        large = Vector256.ConditionalSelect(Vector256.Create(-0f), x, large);
        return Vector256.ConditionalSelect(Vector256.LessThan(magnitude, Vector256.Create(0.625f)), small, large);
    }

    /// <summary>Sum of the lanes, always in the order ((0+4)+(2+6)) + ((1+5)+(3+7)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(Vector256<float> value)
    {
        var four = value.GetLower() + value.GetUpper();
        var two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two.GetElement(0) + two.GetElement(1);
    }

    /// <summary>Largest lane; lanes are not NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Max(Vector256<float> value)
    {
        var four = Vector128.MaxNative(value.GetLower(), value.GetUpper());
        var two = Vector128.MaxNative(four, Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1)));
        return Vector128.MaxNative(two, Vector128.Shuffle(two, Vector128.Create(1, 0, 3, 2))).ToScalar();
    }

    /// <summary>The first <paramref name="count"/> (at most 8) floats at <paramref name="source"/>; the other lanes are 0.</summary>
    public static Vector256<float> LoadPartial(float* source, nint count)
    {
        var value = Vector256<float>.Zero;
        float* lanes = (float*)&value;
        for (nint i = 0; i < count; i++)
        {
            lanes[i] = source[i];
        }

        return value;
    }

    /// <summary>Stores the first <paramref name="count"/> (at most 8) lanes.</summary>
    public static void StorePartial(Vector256<float> value, float* destination, nint count)
    {
        float* lanes = (float*)&value;
        for (nint i = 0; i < count; i++)
        {
            destination[i] = lanes[i];
        }
    }
}
