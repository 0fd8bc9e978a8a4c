namespace AwqIlgpu.Tokenization.Jinja;

/// <summary>The filters by name.</summary>
internal static class Filters
{
    private static readonly Dictionary<string, Builtin> s_filters = Table([.. TextFilters.All, .. SequenceFilters.All, .. NumberFilters.All, JsonText.Filter]);

    public static Builtin? Find(string name) => s_filters.GetValueOrDefault(name);

    public static TemplateError Unknown(string name) => new($"No filter named {PythonText.Repr(name)}.");

    public static Dictionary<string, Builtin> Table(IEnumerable<Builtin> functions) => functions.ToDictionary(f => f.Name);
}
