using System.Reflection;
using System.Reflection.Emit;

namespace ILGPU.Simulation;

/// <summary>One IL instruction with its operand resolved.</summary>
/// <param name="Offset">Where it starts, in bytes from the start of the body.</param>
/// <param name="Code">The opcode.</param>
/// <param name="Operand">A number, string, member, absolute branch target, or array of absolute branch targets; null without operand.</param>
internal readonly record struct Instruction(int Offset, OpCode Code, object? Operand)
{
    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => code.Value);

    /// <summary>Reads the body of <paramref name="method"/>, its generic parameters replaced.</summary>
    public static List<Instruction> ReadAll(MethodBase method)
    {
        byte[] il = method.GetMethodBody()!.GetILAsByteArray()!;
        var typeArguments = method.DeclaringType is { IsGenericType: true } type ? type.GetGenericArguments() : null;
        var methodArguments = method.IsGenericMethod ? method.GetGenericArguments() : null;
        var instructions = new List<Instruction>();
        int at = 0;
        while (at < il.Length)
        {
            int offset = at;
            short value = il[at++];
            if (value == 0xFE)
            {
                value = unchecked((short)(0xFE00 | il[at++]));
            }

            var code = s_opCodes[value];
            object? operand = null;
            switch (code.OperandType)
            {
                case OperandType.InlineNone:
                    break;
                case OperandType.ShortInlineI:
                    operand = (int)(sbyte)il[at++];
                    break;
                case OperandType.ShortInlineVar:
                    operand = (int)il[at++];
                    break;
                case OperandType.InlineVar:
                    operand = (int)BitConverter.ToUInt16(il, at);
                    at += 2;
                    break;
                case OperandType.InlineI:
                    operand = BitConverter.ToInt32(il, at);
                    at += 4;
                    break;
                case OperandType.InlineI8:
                    operand = BitConverter.ToInt64(il, at);
                    at += 8;
                    break;
                case OperandType.ShortInlineR:
                    operand = BitConverter.ToSingle(il, at);
                    at += 4;
                    break;
                case OperandType.InlineR:
                    operand = BitConverter.ToDouble(il, at);
                    at += 8;
                    break;
                case OperandType.ShortInlineBrTarget:
                    operand = at + 1 + (sbyte)il[at];
                    at++;
                    break;
                case OperandType.InlineBrTarget:
                    operand = at + 4 + BitConverter.ToInt32(il, at);
                    at += 4;
                    break;
                case OperandType.InlineSwitch:
                    int count = BitConverter.ToInt32(il, at);
                    int end = at + 4 + (count * 4);
                    operand = Enumerable.Range(1, count).Select(i => end + BitConverter.ToInt32(il, offset + 1 + (i * 4))).ToArray();
                    at = end;
                    break;
                case OperandType.InlineString:
                    operand = method.Module.ResolveString(BitConverter.ToInt32(il, at));
                    at += 4;
                    break;
                default:
                    operand = method.Module.ResolveMember(BitConverter.ToInt32(il, at), typeArguments, methodArguments);
                    at += 4;
                    break;
            }

            instructions.Add(new Instruction(offset, code, operand));
        }

        return instructions;
    }
}
