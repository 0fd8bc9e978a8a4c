using System.Collections.Concurrent;
using System.Globalization;

namespace ILGPU.Simulation;

/// <summary>An inline-PTX text, taken apart. Written from the PTX ISA, version 8.</summary>
/// <remarks>
/// <para>Known: mma.sync (m16n8k8, k16, k32 with f16, bf16, tf32, s8, u8), ldmatrix, cp.async with its commit and wait, dp4a,
/// prmt, lop3, mov, and, or, xor, shl, shr, add, sub, mul, fma on f16x2, cvta.to.shared, cvta.to.global, cvt.u32.u64, and declarations of registers.</para>
/// <para>Sums of mma are formed exactly and rounded once; a tensor core truncates, so the last bits differ from a GPU's.</para>
/// </remarks>
internal sealed class PtxProgram
{
    private static readonly ConcurrentDictionary<string, PtxProgram> s_programs = [];

    private PtxProgram(PtxStatement[] statements)
    {
        Statements = statements;
        int index = Array.FindIndex(statements, statement => statement.IsCollective);
        if (index >= 0)
        {
            Collective = statements[index];
            Before = statements[..index];
            After = statements[(index + 1)..];
            if (After.Any(statement => statement.IsCollective))
            {
                throw new NotSupportedException("Inline PTX with two warp-wide instructions; give each an Emit of its own.");
            }
        }
    }

    public PtxStatement[] Statements { get; }

    /// <summary>The instruction that all lanes of a warp carry out together; null if there is none.</summary>
    public PtxStatement? Collective { get; }

    public PtxStatement[] Before { get; } = [];

    public PtxStatement[] After { get; } = [];

    /// <exception cref="NotSupportedException">The text has an instruction or a form that is not simulated.</exception>
    public static PtxProgram Parse(string text) => s_programs.GetOrAdd(text, static text => new PtxProgram(
        [.. text.Replace("%%", "$", StringComparison.Ordinal).Split(';').Select(PtxStatement.Parse).OfType<PtxStatement>()]));
}

/// <summary>One PTX instruction.</summary>
/// <param name="Name">Up to the first dot: <c>mma</c>, <c>ldmatrix</c>.</param>
/// <param name="Modifiers">What follows, split at the dots.</param>
/// <param name="Operands">Registers in a vector stand one after the other in the inner list.</param>
internal sealed record PtxStatement(string Name, string[] Modifiers, PtxOperand[][] Operands)
{
    public bool IsCollective => Name is "mma" or "ldmatrix";

    public bool Has(string modifier) => Array.IndexOf(Modifiers, modifier) >= 0;

    public override string ToString() => string.Join('.', [Name, .. Modifiers]);

    public static PtxStatement? Parse(string text)
    {
        text = text.Trim().TrimStart('{').TrimStart();
        if (text.Length == 0 || text.Trim('}', ' ', '\n', '\r', '\t').Length == 0 || text.StartsWith(".reg", StringComparison.Ordinal))
        {
            return null;
        }

        if (text[0] == '@')
        {
            throw new NotSupportedException($"Inline PTX \"{text}\": predicates are not simulated.");
        }

        int split = text.IndexOfAny([' ', '\t', '\n']);
        string[] names = (split < 0 ? text : text[..split]).Replace("::", "_", StringComparison.Ordinal).Split('.');
        var operands = new List<PtxOperand[]>();
        string rest = split < 0 ? "" : text[split..];
        int depth = 0;
        int start = 0;
        for (int i = 0; i <= rest.Length; i++)
        {
            char c = i < rest.Length ? rest[i] : ',';
            depth += c is '{' or '[' ? 1 : c is '}' or ']' ? -1 : 0;
            if (c == ',' && depth <= 0 && rest[start..i].Trim() is { Length: > 0 } operand)
            {
                operands.Add([.. operand.Trim('{', '}').Split(',').Select(PtxOperand.Parse)]);
                start = i + 1;
            }
        }

        return new PtxStatement(names[0], names[1..], [.. operands]);
    }
}

/// <summary>A register, a number, or an address in a register.</summary>
/// <param name="Argument">Which argument of the C# call; -1 for others.</param>
/// <param name="Register">Name of a register declared in the text; null for others.</param>
/// <param name="Value">A number, or the offset to the address.</param>
internal readonly record struct PtxOperand(int Argument, string? Register, long Value)
{
    public static PtxOperand Parse(string text)
    {
        text = text.Trim(' ', '[', ']', '\n', '\r', '\t');
        string[] parts = text.Split('+', StringSplitOptions.TrimEntries);
        long offset = parts.Length > 1 ? long.Parse(parts[1], CultureInfo.InvariantCulture) : 0;
        if (parts[0].StartsWith('%'))
        {
            return new PtxOperand(int.Parse(parts[0].AsSpan(1), CultureInfo.InvariantCulture), null, offset);
        }

        if (parts[0].StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return new PtxOperand(-1, null, long.Parse(parts[0].AsSpan(2).TrimEnd('U'), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
        }

        return long.TryParse(parts[0], CultureInfo.InvariantCulture, out long number)
            ? new PtxOperand(-1, null, number)
            : new PtxOperand(-1, parts[0], offset);
    }
}
