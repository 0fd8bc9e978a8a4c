using System.Globalization;

namespace AwqIlgpu.Tokenization;

/// <summary>For each general category one character of the basic plane that stands for all characters above it.</summary>
/// <remarks>They are of rare scripts and without case, so that no pattern names them and no case rule finds them.</remarks>
internal static class CategoryRepresentatives
{
    // In the order of UnicodeCategory: Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Zs Zl Zp Cc Cf Cs Co Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Cn.
    private const string Characters =
        "\u03D2\u1D02\u1F88\u1D2C\u16A0\u1AB0\u1B04\u1ABE\u1B50\u16EE\u1369\u1680\u2028\u2029\u0001\u206A\uD800\uE000\u2054\u1806\u169B\u169C\u2E02\u2E03\u1360\u2A00\u17DB\u1FBF\u19DE\u0378";

    public static char For(int codePoint) => Characters[(int)CharUnicodeInfo.GetUnicodeCategory(codePoint)];

    public static char For(UnicodeCategory category) => Characters[(int)category];
}
