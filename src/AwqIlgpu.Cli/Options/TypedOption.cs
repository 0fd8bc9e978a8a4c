using System.CommandLine;
using System.Globalization;

namespace AwqIlgpu.Cli.Options;

/// <summary>Options whose values are checked while parsing; a wrong value is told what is expected.</summary>
internal static class TypedOption
{
    public static Option<int?> Integer(string name, string description, int minimum) => Of<int?>(name, "N", description, $"an integer, at least {minimum}", text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= minimum ? value : null);

    public static Option<long?> Long(string name, string description) => Of<long?>(name, "N", description, "an integer", text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : null);

    public static Option<double?> Number(string name, string description) => Of<double?>(name, "X", description, "a number", text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null);

    public static Option<long?> Size(string name, string description) => Of<long?>(name, "SIZE", description, "a size, for example 512MiB, 10GiB or 10GB", text => ByteSize.Parse(text));

    public static Option<int[]?> TokenIds(string name, string description) => Of<int[]?>(name, "1,2,3", description, "token ids with commas between them", Ids);

    /// <summary>One of some names.</summary>
    public static Option<T?> Choice<T>(string name, string description, params (string Name, T Value)[] choices)
        where T : struct
    {
        string names = string.Join('|', choices.Select(choice => choice.Name));
        return Of<T?>(name, names, description, "one of " + names.Replace("|", ", ", StringComparison.Ordinal), text =>
            Array.FindIndex(choices, choice => choice.Name == text) is >= 0 and var found ? choices[found].Value : null);
    }

    public static Option<string?> Text(string name, string helpName, string description) => new(name) { HelpName = helpName, Description = description };

    /// <summary>An option of which <paramref name="read"/> makes a value; null from it, or a format error, says that the text is wrong.</summary>
    public static Option<T?> Of<T>(string name, string helpName, string description, string expected, Func<string, T?> read) => new(name)
    {
        HelpName = helpName,
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens[^1].Value;
            try
            {
                if (read(text) is { } value)
                {
                    return value;
                }
            }
            catch (FormatException)
            {
                // Reported below, like every other wrong value.
            }

            result.AddError($"{name} is \"{text}\"; expected {expected}.");
            return default;
        },
    };

    private static int[]? Ids(string text)
    {
        var ids = new List<int>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int id))
            {
                return null;
            }

            ids.Add(id);
        }

        return [.. ids];
    }
}
