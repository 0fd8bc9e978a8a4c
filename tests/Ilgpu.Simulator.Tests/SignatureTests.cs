using System.Reflection;
using ILGPU;

namespace Ilgpu.Simulator.Tests;

/// <summary>With -p:FullFeed=true: what the simulator declares is declared by ILGPU too, in the same words.</summary>
public class SignatureTests
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static TheoryData<string> Types() =>
    [
        .. typeof(Context).Assembly.GetExportedTypes()
            .Where(type => type.Namespace != "ILGPU.Simulation")
            .Select(type => type.FullName!),
    ];

    [FullFeedTheory]
    [MemberData(nameof(Types))]
    public void PublicType_ComparedWithIlgpu_DeclaresNothingElse(string name)
    {
        var ours = typeof(Context).Assembly.GetType(name)!;
        var theirs = Assembly.Load("ILGPU").GetType(name) ?? Assembly.Load("ILGPU.Algorithms").GetType(name);
        Assert.True(theirs is not null && (theirs.IsPublic || theirs.IsNestedPublic), $"ILGPU has no public type {name}.");
        var known = Members(theirs).ToHashSet();
        Assert.Equal("", string.Join("\n", Members(ours).Where(member => !known.Contains(member))));
        Assert.Equal(theirs.IsValueType, ours.IsValueType);
        Assert.Equal(theirs.IsSealed, ours.IsSealed);
    }

    /// <summary>Members of a type and of its base types, for a member may move up or down without its callers seeing it.</summary>
    private static IEnumerable<string> Members(Type? type)
    {
        for (; type is not null && type != typeof(object) && type != typeof(ValueType) && type != typeof(Enum); type = type.BaseType)
        {
            foreach (var member in type.GetMembers(Declared).Where(member => member is not Type))
            {
                yield return Describe(member);
            }
        }
    }

    private static string Describe(MemberInfo member) => member switch
    {
        MethodInfo method => $"{Modifier(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        PropertyInfo property => $"{Name(property.PropertyType)} {property.Name}[{string.Join(", ", property.GetIndexParameters().Select(p => Name(p.ParameterType)))}]",
        FieldInfo field => $"{(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}",
        _ => member.ToString()!,
    };

    private static string Modifier(MethodInfo method) => method.IsStatic ? "static " : "";

    private static string Generics(MethodInfo method) => method.IsGenericMethodDefinition
        ? $"<{string.Join(", ", method.GetGenericArguments().Select(t => $"{t.Name}: {t.GenericParameterAttributes} {string.Join("&", t.GetGenericParameterConstraints().Select(Name))}"))}>"
        : "";

    private static string Parameters(MethodBase method) => string.Join(
        ", ", method.GetParameters().Select(p => $"{(p.IsOut ? "out " : p.IsIn ? "in " : "")}{Name(p.ParameterType)} {p.Name}"));

    private static string Name(Type type)
    {
        if (type.IsByRef || type.IsArray || type.IsPointer)
        {
            return Name(type.GetElementType()!) + (type.IsByRef ? "&" : type.IsArray ? "[]" : "*");
        }

        if (type.IsGenericParameter)
        {
            return type.Name;
        }

        string name = $"{(type.IsNested ? Name(type.DeclaringType!) + "+" : type.Namespace + ".")}{type.Name}";
        return type.IsGenericType ? $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : name;
    }
}
