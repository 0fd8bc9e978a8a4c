using System.Globalization;

namespace AwqIlgpu;

/// <summary>Sizes in bytes as people write them.</summary>
public static class ByteSize
{
    private const string Expected = "expected a number of bytes, or a number with KiB, MiB, GiB, TiB or K, M, G, T (times 1024) or KB, MB, GB, TB (times 1000), for example 10GiB";

    // Binary units from the smallest; the place is the power of 1024.
    private static readonly string[] s_units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Reads <c>512MiB</c>, <c>1.5GiB</c>, <c>10G</c> (binary), <c>10GB</c> (decimal) or plain bytes.</summary>
    /// <param name="text">A number without sign or thousands separators, then a unit in any case, spaces between them allowed. A fraction needs a unit larger than the byte.</param>
    /// <returns>Bytes, a part of a byte dropped.</returns>
    /// <exception cref="FormatException">The text is no size, or larger than 2^63 - 1 bytes.</exception>
    public static long Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string trimmed = text.Trim();
        int digits = 0;
        while (digits < trimmed.Length && (char.IsAsciiDigit(trimmed[digits]) || trimmed[digits] == '.'))
        {
            digits++;
        }

        long unit = Unit(trimmed[digits..].Trim());
        if (unit == 0 || !decimal.TryParse(trimmed.AsSpan(0, digits), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number) || (unit == 1 && number != decimal.Floor(number)))
        {
            throw new FormatException($"\"{text}\" is not a size; {Expected}.");
        }

        if (number > long.MaxValue / (decimal)unit)
        {
            throw new FormatException($"\"{text}\" is larger than {long.MaxValue} bytes.");
        }

        return (long)(number * unit);
    }

    /// <summary>Writes a size in the largest binary unit that it fills, with at most two decimals, for example <c>9.21GiB</c>.</summary>
    /// <param name="bytes">At least 0.</param>
    /// <returns>A text that <see cref="Parse"/> reads. Rounded up, so that a size named as enough is enough.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public static string Format(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        decimal value = bytes;
        int unit = 0;
        while (unit < s_units.Length - 1 && RoundUp(value) >= 1024)
        {
            value /= 1024;
            unit++;
        }

        return RoundUp(value).ToString("0.##", CultureInfo.InvariantCulture) + s_units[unit];
    }

    private static decimal RoundUp(decimal value) => decimal.Ceiling(value * 100) / 100;

    // Bytes per unit; 0 for what is no unit.
    private static long Unit(string name) => name.ToUpperInvariant() switch
    {
        "" or "B" => 1,
        "K" or "KIB" => 1L << 10,
        "M" or "MIB" => 1L << 20,
        "G" or "GIB" => 1L << 30,
        "T" or "TIB" => 1L << 40,
        "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "TB" => 1_000_000_000_000,
        _ => 0,
    };
}
