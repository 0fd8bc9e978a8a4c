using System.Reflection;
using System.Text;

namespace AwqIlgpu.Tests;

/// <summary>The public surface of the library, one member a line: a change of it shows in review as a change of <c>PublicApi.txt</c>.</summary>
public sealed class PublicApiTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void PublicApi_Assembly_EqualsTheFile()
    {
        string file = Path.Combine(TestData.Repository, "src", "AwqIlgpu", "PublicApi.txt");
        string actual = Describe(typeof(LanguageModel).Assembly);
        string received = Path.Combine(AppContext.BaseDirectory, "PublicApi.received.txt");
        File.WriteAllText(received, actual);
        Assert.True(File.Exists(file) && File.ReadAllText(file) == actual, $"The public surface differs from {file}. If the change is meant, copy {received} over it.");
    }

    private static string Describe(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(t => t.FullName, StringComparer.Ordinal))
        {
            text.Append(type.FullName).Append('\n');
            var lines = type.GetMembers(Declared).Where(m => !IsGenerated(m) && IsVisible(m)).Select(m => Line(type, m)).Order(StringComparer.Ordinal);
            foreach (string line in lines)
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static string Line(Type type, MemberInfo member) => member switch
    {
        FieldInfo field when type.IsEnum => $"{field.Name} = {field.GetRawConstantValue()}",
        FieldInfo { IsLiteral: true } field => $"const {field} = {field.GetRawConstantValue()}",
        PropertyInfo property => $"{property} {{{(property.GetMethod is { IsPublic: true } ? " get;" : "")}{Setter(property)} }}",
        _ => member.ToString()!,
    };

    private static string Setter(PropertyInfo property) => property.SetMethod is not { IsPublic: true } setter ? ""
        : setter.ReturnParameter.GetRequiredCustomModifiers().Any(m => m.Name == "IsExternalInit") ? " init;" : " set;";

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily,
        FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        TypeInfo => false,
        _ => true,
    };

    // Accessors are listed with their property; what a record makes by itself says nothing about intent.
    private static bool IsGenerated(MemberInfo member) =>
        member is MethodInfo { IsSpecialName: true } ||
        member.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)) ||
        member.Name is "<Clone>$" or "PrintMembers" or "EqualityContract";
}
