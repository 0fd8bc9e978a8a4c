using System.Text.Json;

namespace AwqIlgpu.Checkpoints;

/// <summary>One object of a JSON configuration, which remembers which keys were asked for: a key that nobody understands is refused, never ignored.</summary>
/// <remarks>
/// <para>A key whose value is null counts as absent. Getters named <c>Optional...</c> give null for it; the others refuse.</para>
/// <para>Reading is for one thread.</para>
/// </remarks>
internal sealed class ConfigReader
{
    private const long MaxBytes = 16_000_000;
    private const int MaxNamed = 50;

    private readonly JsonElement _object;
    private readonly string _prefix;
    private readonly HashSet<string> _read = [];
    private readonly Dictionary<string, ConfigReader> _children = [];

    private ConfigReader(JsonElement element, string prefix)
    {
        _object = element;
        _prefix = prefix;
    }

    /// <summary>The object itself.</summary>
    public JsonElement Root => _object;

    /// <summary>The keys that are there and not null.</summary>
    public IEnumerable<string> Keys => _object.EnumerateObject().Where(p => p.Value.ValueKind != JsonValueKind.Null).Select(p => p.Name);

    /// <summary>Opens <paramref name="fileName"/> in <paramref name="folder"/>.</summary>
    /// <exception cref="InvalidDataException">The file is missing, too large or no JSON object.</exception>
    public static ConfigReader Open(string folder, string fileName)
    {
        string path = Path.Combine(folder, fileName);
        return File.Exists(path)
            ? new ConfigReader(JsonFile.ReadObject(path, MaxBytes), fileName + ": ")
            : throw new InvalidDataException($"{folder}: {fileName} is missing.");
    }

    /// <summary>Reads an object from JSON text.</summary>
    /// <param name="json">UTF-8.</param>
    /// <param name="name">Where it is from, for messages.</param>
    /// <exception cref="InvalidDataException">The text is no JSON object.</exception>
    public static ConfigReader Parse(byte[] json, string name) => new(JsonFile.ParseObject(json, name), name + ": ");

    /// <summary>Where a key is, as messages begin: <c>config.json: rope_scaling.factor</c>.</summary>
    public string Where(string key) => _prefix + Message.Short(key);

    /// <summary>Whether the key is there and not null; does not count as reading it.</summary>
    public bool Has(string key) => _object.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>A whole number within bounds.</summary>
    /// <exception cref="InvalidDataException">Missing, no whole number, or out of bounds.</exception>
    public int Int(string key, int minimum = 1, int maximum = int.MaxValue) => OptionalInt(key, minimum, maximum) ?? throw Missing(key);

    /// <inheritdoc cref="Int"/>
    public int? OptionalInt(string key, int minimum = 1, int maximum = int.MaxValue) =>
        Find(key) is { } value ? ToInt(value, key, minimum, maximum) : null;

    /// <summary>A finite number within bounds; <c>double.Epsilon</c> as minimum asks for a positive one.</summary>
    /// <exception cref="InvalidDataException">Missing, no number, or out of bounds.</exception>
    public double Float(string key, double minimum = double.MinValue, double maximum = double.MaxValue) => OptionalFloat(key, minimum, maximum) ?? throw Missing(key);

    /// <inheritdoc cref="Float"/>
    public double? OptionalFloat(string key, double minimum = double.MinValue, double maximum = double.MaxValue) =>
        Find(key) is { } value ? ToFloat(value, key, minimum, maximum) : null;

    /// <summary>true or false.</summary>
    /// <exception cref="InvalidDataException">Missing or something else.</exception>
    public bool Bool(string key) => OptionalBool(key) ?? throw Missing(key);

    /// <inheritdoc cref="Bool"/>
    public bool? OptionalBool(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Wrong(key, value, "true or false"),
    };

    /// <summary>A text.</summary>
    /// <exception cref="InvalidDataException">Missing or something else.</exception>
    public string String(string key) => OptionalString(key) ?? throw Missing(key);

    /// <inheritdoc cref="String"/>
    public string? OptionalString(string key) => Find(key) is { } value ? ToText(value, key) : null;

    /// <summary>A list of whole numbers within bounds.</summary>
    /// <exception cref="InvalidDataException">Something else.</exception>
    public int[]? OptionalInts(string key, int minimum = 1, int maximum = int.MaxValue) => OptionalList(key, value => ToInt(value, key, minimum, maximum));

    /// <summary>A whole number, or a list of them, as <c>eos_token_id</c> is.</summary>
    /// <exception cref="InvalidDataException">Something else.</exception>
    public int[]? OptionalIntOrInts(string key, int minimum = 1, int maximum = int.MaxValue) =>
        _object.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number ? [Int(key, minimum, maximum)] : OptionalInts(key, minimum, maximum);

    /// <summary>A list of finite numbers within bounds.</summary>
    /// <exception cref="InvalidDataException">Something else.</exception>
    public double[]? OptionalFloats(string key, double minimum = double.MinValue, double maximum = double.MaxValue) => OptionalList(key, value => ToFloat(value, key, minimum, maximum));

    /// <summary>A list of texts.</summary>
    /// <exception cref="InvalidDataException">Something else.</exception>
    public string[]? OptionalStrings(string key) => OptionalList(key, value => ToText(value, key));

    /// <summary>An object inside this one; the same reader each time it is asked for.</summary>
    /// <exception cref="InvalidDataException">Missing or something else.</exception>
    public ConfigReader Object(string key) => OptionalObject(key) ?? throw Missing(key);

    /// <inheritdoc cref="Object"/>
    public ConfigReader? OptionalObject(string key)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Wrong(key, value, "an object");
        }

        if (!_children.TryGetValue(key, out var child))
        {
            child = new ConfigReader(value, $"{_prefix}{Message.Short(key)}.");
            _children.Add(key, child);
        }

        return child;
    }

    /// <summary>Marks keys as understood without reading them.</summary>
    public void Ignore(params ReadOnlySpan<string> keys)
    {
        foreach (string key in keys)
        {
            _read.Add(key);
        }
    }

    /// <summary>Accepts a key only if it is absent or has the one value that is supported.</summary>
    /// <exception cref="NotSupportedException">It is the other one.</exception>
    public void Only(string key, bool supported)
    {
        if (OptionalBool(key) is { } value && value != supported)
        {
            throw Unsupported(key, value ? "true" : "false", supported ? "true" : "false");
        }
    }

    /// <inheritdoc cref="Only(string, bool)"/>
    public void Only(string key, double supported)
    {
        if (OptionalFloat(key) is { } value && value != supported)
        {
            throw Unsupported(key, value.ToString(), supported.ToString());
        }
    }

    /// <summary>Accepts a key only if it is absent or one of the values that are supported.</summary>
    /// <exception cref="NotSupportedException">It is another.</exception>
    public void Only(string key, params ReadOnlySpan<string> supported)
    {
        if (OptionalString(key) is { } value && !supported.Contains(value))
        {
            throw Unsupported(key, $"\"{Message.Short(value)}\"", string.Join(", ", supported.ToArray()));
        }
    }

    /// <summary>Refuses a number above <paramref name="largest"/>, wherever the key is read; a key that is absent or no number passes.</summary>
    public void AtMost(string key, int largest)
    {
        if (_object.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number && value.GetDouble() > largest)
        {
            throw Wrong(key, $"at most {largest}");
        }
    }

    /// <summary>Accepts a key only if it is absent, null or an empty list or object.</summary>
    /// <exception cref="NotSupportedException">It says something.</exception>
    public void OnlyEmpty(string key)
    {
        if (Find(key) is { } value && !HarmlessConfigKeys.IsEmpty(value))
        {
            throw Unsupported(key, Raw(value), "null");
        }
    }

    /// <summary>Refuses keys that were not read and may change results.</summary>
    /// <exception cref="NotSupportedException">There are such keys; the message names all of them.</exception>
    public void RefuseUnknown()
    {
        List<string> unknown = [];
        CollectUnknown(unknown);
        if (unknown.Count > 0)
        {
            throw new NotSupportedException($"Not supported, and possibly of effect on the results: {string.Join("; ", unknown.Take(MaxNamed))}{(unknown.Count > MaxNamed ? $"; and {unknown.Count - MaxNamed} more" : "")}.");
        }
    }

    /// <summary>The exception for a value that is well formed, but not supported.</summary>
    public NotSupportedException Unsupported(string key, string value, string supported) => new($"{Where(key)} is {value}, which is not supported. Supported: {supported}.");

    /// <summary>The exception for a value that is none of what the key may hold.</summary>
    public InvalidDataException Wrong(string key, string expected) => Wrong(key, _object.GetProperty(key), expected);

    private void CollectUnknown(List<string> unknown)
    {
        foreach (var property in _object.EnumerateObject())
        {
            if (_children.TryGetValue(property.Name, out var child))
            {
                child.CollectUnknown(unknown);
            }
            else if (!_read.Contains(property.Name) && !HarmlessConfigKeys.IsHarmless(property.Name, property.Value))
            {
                unknown.Add(Where(property.Name));
            }
        }
    }

    private JsonElement? Find(string key)
    {
        _read.Add(key);
        return Has(key) ? _object.GetProperty(key) : null;
    }

    private T[]? OptionalList<T>(string key, Func<JsonElement, T> convert)
    {
        if (Find(key) is not { } value)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(convert)] : throw Wrong(key, value, "a list");
    }

    private int ToInt(JsonElement value, string key, int minimum, int maximum)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            // 4096.0 is a whole number too: Python writes it where a size was computed.
            double number = value.GetDouble();
            if (number >= minimum && number <= maximum && number == Math.Floor(number))
            {
                return (int)number;
            }
        }

        throw Wrong(key, value, (minimum, maximum) switch
        {
            (1, int.MaxValue) => "a positive integer",
            (int.MinValue, int.MaxValue) => "an integer",
            (_, int.MaxValue) => $"an integer of at least {minimum}",
            _ => $"an integer of {minimum} to {maximum}",
        });
    }

    private double ToFloat(JsonElement value, string key, double minimum, double maximum)
    {
        if (value.ValueKind == JsonValueKind.Number)
        {
            // A number such as 1e999 becomes infinity, which no bound admits.
            double number = value.GetDouble();
            if (number >= minimum && number <= maximum)
            {
                return number;
            }
        }

        throw Wrong(key, value, (minimum, maximum) switch
        {
            (double.Epsilon, double.MaxValue) => "a positive number",
            (double.MinValue, double.MaxValue) => "a finite number",
            (_, double.MaxValue) => $"a number of at least {minimum}",
            _ => $"a number of {minimum} to {maximum}",
        });
    }

    private string ToText(JsonElement value, string key) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Wrong(key, value, "a text");

    private static string Raw(JsonElement value) => Message.Short(value.GetRawText());

    private InvalidDataException Missing(string key) => new($"{Where(key)} is missing.");

    private InvalidDataException Wrong(string key, JsonElement value, string expected) => new($"{Where(key)} is {Raw(value)}; expected {expected}.");
}
