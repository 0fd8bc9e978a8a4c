using System.Globalization;

namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>Dates as C's <c>strftime</c> writes them in the C locale.</summary>
internal static class DateText
{
    public static string Format(DateTimeOffset time, string format, Rendering rendering)
    {
        var output = new BoundedText(rendering);
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                output.Append(format[i]);
                continue;
            }

            bool unpadded = format[++i] == '-' && i + 1 < format.Length;
            char code = unpadded ? format[++i] : format[i];
            string text = Part(time, code);
            output.Append(unpadded ? text.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : "0" : text);
        }

        return output.ToString();
    }

    private static string Part(DateTimeOffset time, char code) => code switch
    {
        'a' => Text(time, "ddd"),
        'A' => Text(time, "dddd"),
        'b' or 'h' => Text(time, "MMM"),
        'B' => Text(time, "MMMM"),
        'c' => Text(time, "ddd MMM ") + Day(time) + Text(time, " HH:mm:ss yyyy"),
        'd' => Text(time, "dd"),
        'D' or 'x' => Text(time, "MM/dd/yy"),
        'e' => Day(time),
        'f' => Text(time, "ffffff"),
        'F' => Text(time, "yyyy-MM-dd"),
        'H' => Text(time, "HH"),
        'I' => Text(time, "hh"),
        'j' => $"{time.DayOfYear:000}",
        'm' => Text(time, "MM"),
        'M' => Text(time, "mm"),
        'n' => "\n",
        'p' => Text(time, "tt"),
        'R' => Text(time, "HH:mm"),
        's' => $"{time.ToUnixTimeSeconds()}",
        'S' => Text(time, "ss"),
        't' => "\t",
        'T' or 'X' => Text(time, "HH:mm:ss"),
        'u' => $"{(time.DayOfWeek == DayOfWeek.Sunday ? 7 : (int)time.DayOfWeek)}",
        'w' => $"{(int)time.DayOfWeek}",
        'y' => Text(time, "yy"),
        'Y' => Text(time, "yyyy"),
        'z' or 'Z' => "", // the reference's clock knows no time zone
        '%' => "%",
        _ => "%" + code,
    };

    private static string Day(DateTimeOffset time) => $"{time.Day,2}";

    private static string Text(DateTimeOffset time, string format) => time.ToString(format, CultureInfo.InvariantCulture);
}
