namespace ILGPU;

/// <summary>A 16-bit floating-point number; arithmetic rounds the exact result once, as the hardware does.</summary>
public readonly struct Half : IEquatable<Half>, IComparable<Half>
{
    public static readonly Half Epsilon = new(0x0001);
    public static readonly Half MaxValue = new(0x7BFF);
    public static readonly Half MinValue = new(0xFBFF);
    public static readonly Half NaN = new(0xFE00);
    public static readonly Half PositiveInfinity = new(0x7C00);
    public static readonly Half NegativeInfinity = new(0xFC00);
    public static readonly Half Zero = new(0x0000);
    public static readonly Half One = new(0x3C00);

    internal Half(ushort rawValue) => RawValue = rawValue;

    internal ushort RawValue { get; }

    public static implicit operator float(Half halfValue) => (float)BitConverter.UInt16BitsToHalf(halfValue.RawValue);

    public static implicit operator double(Half halfValue) => (double)BitConverter.UInt16BitsToHalf(halfValue.RawValue);

    public static explicit operator Half(float floatValue) => new(BitConverter.HalfToUInt16Bits((System.Half)floatValue));

    public static explicit operator Half(double doubleValue) => new(BitConverter.HalfToUInt16Bits((System.Half)doubleValue));

    public static explicit operator sbyte(Half halfValue) => (sbyte)(float)halfValue;

    public static explicit operator Half(sbyte sbyteValue) => (Half)(float)sbyteValue;

    public static explicit operator short(Half halfValue) => (short)(float)halfValue;

    public static explicit operator Half(short shortValue) => (Half)(float)shortValue;

    public static explicit operator int(Half halfValue) => (int)(float)halfValue;

    public static explicit operator Half(int intValue) => (Half)(float)intValue;

    public static explicit operator long(Half halfValue) => (long)(float)halfValue;

    public static explicit operator Half(long longValue) => (Half)(float)longValue;

    public static explicit operator byte(Half halfValue) => (byte)(float)halfValue;

    public static explicit operator Half(byte byteValue) => (Half)(float)byteValue;

    public static explicit operator ushort(Half halfValue) => (ushort)(float)halfValue;

    public static explicit operator Half(ushort ushortValue) => (Half)(float)ushortValue;

    public static explicit operator uint(Half halfValue) => (uint)(float)halfValue;

    public static explicit operator Half(uint uintValue) => (Half)(float)uintValue;

    public static explicit operator ulong(Half halfValue) => (ulong)(float)halfValue;

    public static explicit operator Half(ulong ulongValue) => (Half)(float)ulongValue;

    public static Half operator -(Half halfValue) => new((ushort)(halfValue.RawValue ^ 0x8000));

    public static Half operator +(Half first, Half second) => (Half)((float)first + (float)second);

    public static Half operator -(Half first, Half second) => (Half)((float)first - (float)second);

    public static Half operator *(Half first, Half second) => (Half)((float)first * (float)second);

    public static Half operator /(Half first, Half second) => (Half)((float)first / (float)second);

    public static bool operator ==(Half first, Half second) => (float)first == (float)second;

    public static bool operator !=(Half first, Half second) => (float)first != (float)second;

    public static bool operator <(Half first, Half second) => (float)first < (float)second;

    public static bool operator <=(Half first, Half second) => (float)first <= (float)second;

    public static bool operator >(Half first, Half second) => (float)first > (float)second;

    public static bool operator >=(Half first, Half second) => (float)first >= (float)second;

    public static Half Abs(Half half) => new((ushort)(half.RawValue & 0x7FFF));

    public static bool IsNaN(Half half) => (half.RawValue & 0x7FFF) > 0x7C00;

    public static bool IsZero(Half half) => (half.RawValue & 0x7FFF) == 0;

    public static bool IsPositiveInfinity(Half half) => half.RawValue == 0x7C00;

    public static bool IsNegativeInfinity(Half half) => half.RawValue == 0xFC00;

    public static bool IsInfinity(Half half) => (half.RawValue & 0x7FFF) == 0x7C00;

    public static bool IsFinite(Half half) => (half.RawValue & 0x7FFF) < 0x7C00;

    public bool Equals(Half other) => this == other;

    public int CompareTo(Half other) => ((float)this).CompareTo(other);

    public override bool Equals(object? obj) => obj is Half other && Equals(other);

    public override int GetHashCode() => ((float)this).GetHashCode();

    public override string ToString() => ((float)this).ToString();
}
