namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>How <c>a.b</c>, <c>a[b]</c> and <c>a[b:c]</c> find their value.</summary>
internal static class Attributes
{
    /// <summary><c>target.name</c>: a method or attribute first, else a dictionary's entry.</summary>
    public static object? Get(Rendering rendering, object? target, string name)
    {
        if (target is Undefined undefined)
        {
            throw undefined.Error();
        }

        return TryAttribute(target, name, out object? value) || TryItem(rendering, target, name, out value) ? value : new Undefined(target, name);
    }

    /// <summary><c>target[key]</c>: an element or entry first, else for a string the attribute of that name.</summary>
    public static object? GetItem(Rendering rendering, object? target, object? key)
    {
        if (target is Undefined undefined)
        {
            throw undefined.Error();
        }

        return TryItem(rendering, target, key, out object? value) || (key is string name && TryAttribute(target, name, out value)) ? value : new Undefined(target, key);
    }

    /// <summary>A dotted path as filters take it (<c>a.b.0</c>), each part an element or attribute.</summary>
    public static object? GetPath(Rendering rendering, object? target, object? path)
    {
        if (path is not string text)
        {
            return GetItem(rendering, target, path);
        }

        foreach (string part in text.Split('.'))
        {
            target = GetItem(rendering, target, part.Length > 0 && part.All(char.IsAsciiDigit) && long.TryParse(part, out long index) ? index : part);
        }

        return target;
    }

    public static object? Slice(Rendering rendering, object? target, object? start, object? stop, object? step)
    {
        switch (target)
        {
            case string text:
                var characters = PythonString.Characters(rendering, text);
                var output = new BoundedText(rendering);
                foreach (int index in Indices(rendering, characters.Count, start, stop, step))
                {
                    output.Append((string)characters[index]!);
                }

                return output.ToString();
            case Sequence { IsIndexed: true } sequence:
                return new Sequence(sequence.Kind, [.. Indices(rendering, sequence.Items.Count, start, stop, step).Select(i => sequence.Items[i])]);
            case Undefined undefined:
                throw undefined.Error();
            default:
                return Undefined.Because($"{PythonValue.TypeName(target)} object has no elements to slice");
        }
    }

    private static bool TryItem(Rendering rendering, object? target, object? key, out object? value)
    {
        value = null;
        switch (target)
        {
            case Mapping mapping when key is null or string or bool or long or double:
                rendering.Characters(key is string name ? name.Length : 1);
                return mapping.TryGet(key, out value);
            case Sequence { IsIndexed: true } sequence when PythonArithmetic.TryInteger(key, out long index):
                index += index < 0 ? sequence.Items.Count : 0;
                bool found = index >= 0 && index < sequence.Items.Count;
                value = found ? sequence.Items[(int)index] : null;
                return found;
            case string text when PythonArithmetic.TryInteger(key, out long index):
                var characters = PythonString.Characters(rendering, text);
                index += index < 0 ? characters.Count : 0;
                found = index >= 0 && index < characters.Count;
                value = found ? characters[(int)index] : null;
                return found;
            default:
                return false;
        }
    }

    private static bool TryAttribute(object? target, string name, out object? value)
    {
        value = null;
        switch (target)
        {
            case Namespace space:
                return space.Attributes.TryGetValue(name, out value);
            case Loop loop:
                return loop.TryAttribute(name, out value);
            case Macro macro when name == "name":
                value = macro.Name;
                return true;
            default:
                value = Methods.Find(target, name);
                return value is not null;
        }
    }

    private static IEnumerable<int> Indices(Rendering rendering, int length, object? start, object? stop, object? step)
    {
        long by = Bound(step, 1);
        if (by == 0)
        {
            throw new TemplateError("slice step cannot be zero");
        }

        long lowest = by < 0 ? -1 : 0;
        long highest = by < 0 ? length - 1 : length;
        long from = Clamp(Bound(start, by < 0 ? long.MaxValue : 0));
        long to = stop is null ? (by < 0 ? -1 : length) : Clamp(Bound(stop, 0));
        rendering.Steps(length);
        for (long i = from; by < 0 ? i > to : i < to; i = by < 0 ? Math.Max(i + Math.Max(by, -length - 1), -1) : Math.Min(i + Math.Min(by, length + 1), length))
        {
            yield return (int)i;
        }

        long Clamp(long index) => Math.Clamp(index < 0 ? Math.Max(index, -length - 1) + length : index, lowest, highest);
    }

    private static long Bound(object? value, long fallback) => value is null ? fallback
        : PythonArithmetic.TryInteger(value, out long bound) ? bound
        : throw new TemplateError("slice indices must be integers or None or have an __index__ method");
}
