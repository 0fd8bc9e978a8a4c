using System.Globalization;
using System.Reflection;
using System.Reflection.Emit;

namespace ILGPU.Simulation;

/// <content>Copies one IL instruction, keeping account of the evaluation stack.</content>
internal sealed partial class KernelCompiler
{
    private static readonly Dictionary<string, Type> s_typeSuffixes = new()
    {
        ["i1"] = typeof(sbyte),
        ["u1"] = typeof(byte),
        ["i2"] = typeof(short),
        ["u2"] = typeof(ushort),
        ["i4"] = typeof(int),
        ["u4"] = typeof(uint),
        ["i8"] = typeof(long),
        ["u8"] = typeof(ulong),
        ["r4"] = typeof(float),
        ["r8"] = typeof(double),
        ["r"] = typeof(double),
        ["i"] = typeof(nint),
        ["u"] = typeof(nint),
    };

    private void EmitInstruction(Scope scope, Instruction instruction)
    {
        var code = instruction.Code;
        string[] parts = code.Name!.Split('.');
        switch (parts[0])
        {
            case "nop" or "break" or "tail":
                break;
            case "ldarg":
                EmitLoadVariable(scope.Arguments[VariableIndex(instruction, parts)]);
                break;
            case "ldloc":
                EmitLoadVariable(scope.Locals[VariableIndex(instruction, parts)]);
                break;
            case "ldarga":
                EmitVariableAddress(scope.Arguments[(int)instruction.Operand!]);
                break;
            case "ldloca":
                EmitVariableAddress(scope.Locals[(int)instruction.Operand!]);
                break;
            case "starg":
                EmitStoreVariable(scope.Arguments[(int)instruction.Operand!]);
                break;
            case "stloc":
                EmitStoreVariable(scope.Locals[VariableIndex(instruction, parts)]);
                break;
            case "ldc":
                EmitConstant(instruction, parts);
                break;
            case "ldstr":
                _il.Emit(code, (string)instruction.Operand!);
                Push(typeof(string), false, (string)instruction.Operand!);
                break;
            case "ldnull":
                _il.Emit(code);
                Push(typeof(object));
                break;
            case "dup":
                _il.Emit(code);
                _stack.Add(_stack[^1]);
                break;
            case "pop":
                _il.Emit(code);
                Pop();
                break;
            case "add" or "sub" or "mul" or "div" or "rem" or "and" or "or" or "xor":
                _il.Emit(code);
                EmitBinaryResult();
                break;
            case "shl" or "shr":
                _il.Emit(code);
                Pop();
                break;
            case "neg" or "not" or "ckfinite":
                _il.Emit(code);
                break;
            case "ceq" or "cgt" or "clt":
                _il.Emit(code);
                Pop();
                Pop();
                Push(typeof(int));
                break;
            case "conv":
                _il.Emit(code);
                Push(s_typeSuffixes[parts[1] == "ovf" ? parts[2] : parts[1]], Pop().IsLocalAddress);
                break;
            case "volatile" or "readonly":
                _il.Emit(code);
                break;
            case "unaligned":
                _il.Emit(code, (byte)(int)instruction.Operand!);
                break;
            case "constrained":
                _constraint = (Type)instruction.Operand!;
                break;
            case "sizeof":
                _il.Emit(code, (Type)instruction.Operand!);
                Push(typeof(int));
                break;
            case "ret" or "throw" or "switch" or "br" or "brtrue" or "brfalse" or "beq" or "bne" or "bge" or "bgt" or "ble" or "blt":
                EmitBranch(scope, instruction, parts[0]);
                break;
            case "call" or "callvirt" or "newobj":
                EmitCall(scope, instruction);
                break;
            case "ldind" or "ldobj":
                EmitIndirectLoad(scope, parts[0] == "ldobj" ? (Type)instruction.Operand! : s_typeSuffixes[parts[1]], instruction);
                break;
            case "stind" or "stobj":
                EmitIndirectStore(scope, parts[0] == "stobj" ? (Type)instruction.Operand! : s_typeSuffixes[parts[1]], instruction);
                break;
            case "initobj":
                if (_checks && !_stack[^1].IsLocalAddress)
                {
                    EmitCheck(scope, s_write, (Type)instruction.Operand!);
                }

                _il.Emit(code, (Type)instruction.Operand!);
                Pop();
                break;
            case "ldfld" or "ldflda" or "stfld" or "ldsfld" or "ldsflda" or "stsfld":
                EmitField(scope, code, (FieldInfo)instruction.Operand!);
                break;
            case "ldelem" or "ldelema" or "ldlen" or "newarr":
                EmitArray(instruction, parts);
                break;
            default:
                throw new NotSupportedException($"{new Site(scope.Method, scope.Offset)}: a kernel cannot use {code.Name}.");
        }
    }

    private static int VariableIndex(Instruction instruction, string[] parts) =>
        instruction.Operand is int index ? index : int.Parse(parts[1], CultureInfo.InvariantCulture);

    private void EmitLoadVariable(Variable variable)
    {
        EmitLoad(variable);
        Push(variable.Type ?? typeof(object), variable.HoldsLocalAddress);
    }

    private void EmitVariableAddress(Variable variable)
    {
        EmitFrameAddress(variable.Offset);
        Push(variable.Type!.IsByRef ? typeof(nint) : variable.Type.MakeByRefType(), true);
    }

    private void EmitStoreVariable(Variable variable)
    {
        Pop();
        StoreTop(variable);
        variable.HoldsLocalAddress = false;
    }

    private void EmitConstant(Instruction instruction, string[] parts)
    {
        switch (instruction.Operand)
        {
            case long value:
                _il.Emit(OpCodes.Ldc_I8, value);
                break;
            case float value:
                _il.Emit(OpCodes.Ldc_R4, value);
                break;
            case double value:
                _il.Emit(OpCodes.Ldc_R8, value);
                break;
            case int value:
                _il.Emit(OpCodes.Ldc_I4, value);
                break;
            default:
                _il.Emit(instruction.Code);
                break;
        }

        Push(s_typeSuffixes[parts[1]]);
    }

    private void EmitBinaryResult()
    {
        var second = Pop();
        var first = Pop();
        bool isAddress = first.Type.IsByRef || second.Type.IsByRef;
        Type[] wideFirst = [typeof(double), typeof(float), typeof(long), typeof(nint), typeof(int)];
        Push(
            isAddress ? typeof(nint) : wideFirst.First(type => type == first.Type || type == second.Type),
            first.IsLocalAddress || second.IsLocalAddress);
    }

    private void EmitBranch(Scope scope, Instruction instruction, string name)
    {
        switch (name)
        {
            case "ret":
                if (scope.Result is not null)
                {
                    Pop();
                    StoreTop(scope.Result);
                }

                _il.Emit(OpCodes.Br, scope.End);
                _isReachable = false;
                return;
            case "throw":
                Pop();
                _il.Emit(OpCodes.Throw);
                _isReachable = false;
                return;
            case "switch":
                Pop();
                int[] targets = (int[])instruction.Operand!;
                _il.Emit(OpCodes.Switch, [.. targets.Select(target => scope.Targets[target].Label)]);
                foreach (int target in targets)
                {
                    Reach(scope.Targets[target]);
                }

                return;
            case "br":
                break;
            case "brtrue" or "brfalse":
                Pop();
                break;
            default:
                Pop();
                Pop();
                break;
        }

        var destination = scope.Targets[(int)instruction.Operand!];
        _il.Emit(LongForm(instruction.Code), destination.Label);
        Reach(destination);
        _isReachable = name != "br";
    }

    /// <summary>The form of a branch with a 32-bit offset: the copy is longer than the original.</summary>
    private static OpCode LongForm(OpCode code) => code.OperandType == OperandType.InlineBrTarget
        ? code
        : (OpCode)typeof(OpCodes).GetFields().First(
            field => ((OpCode)field.GetValue(null)!).Name == code.Name![..^2]).GetValue(null)!;

    private void EmitIndirectLoad(Scope scope, Type type, Instruction instruction)
    {
        var address = Pop();
        if (_checks && !address.IsLocalAddress)
        {
            EmitCheck(scope, s_read, type);
        }

        if (instruction.Operand is null)
        {
            _il.Emit(instruction.Code);
        }
        else
        {
            _il.Emit(OpCodes.Ldobj, type);
        }

        Push(type);
    }

    private void EmitIndirectStore(Scope scope, Type type, Instruction instruction)
    {
        var value = Pop();
        var address = Pop();
        if (_checks && !address.IsLocalAddress)
        {
            var temporary = Borrow(value.Type);
            _il.Emit(OpCodes.Stloc, temporary);
            EmitCheck(scope, s_write, type);
            _il.Emit(OpCodes.Ldloc, temporary);
            Return(temporary);
        }

        if (instruction.Operand is null)
        {
            _il.Emit(instruction.Code);
        }
        else
        {
            _il.Emit(OpCodes.Stobj, type);
        }
    }

    private void EmitField(Scope scope, OpCode code, FieldInfo field)
    {
        if (field.IsStatic)
        {
            _il.Emit(code, field);
            if (code == OpCodes.Stsfld)
            {
                Pop();
            }
            else
            {
                Push(code == OpCodes.Ldsfld ? field.FieldType : field.FieldType.MakeByRefType(), code == OpCodes.Ldsflda);
            }

            return;
        }

        if (code == OpCodes.Stfld)
        {
            var value = Pop();
            var target = Pop();
            if (_checks && target.IsAddress && !target.IsLocalAddress)
            {
                var temporary = Borrow(value.Type);
                _il.Emit(OpCodes.Stloc, temporary);
                _il.Emit(OpCodes.Ldflda, field);
                EmitCheck(scope, s_write, field.FieldType);
                _il.Emit(OpCodes.Ldloc, temporary);
                _il.Emit(OpCodes.Stobj, field.FieldType);
                Return(temporary);
            }
            else
            {
                _il.Emit(code, field);
            }

            return;
        }

        var source = Pop();
        if (code == OpCodes.Ldfld && _checks && source.IsAddress && !source.IsLocalAddress)
        {
            _il.Emit(OpCodes.Ldflda, field);
            EmitCheck(scope, s_read, field.FieldType);
            _il.Emit(OpCodes.Ldobj, field.FieldType);
        }
        else
        {
            _il.Emit(code, field);
        }

        Push(code == OpCodes.Ldfld ? field.FieldType : field.FieldType.MakeByRefType(), code == OpCodes.Ldflda && source.IsLocalAddress);
    }

    /// <summary>Constant tables in static read-only arrays; the only arrays that a kernel may read.</summary>
    private void EmitArray(Instruction instruction, string[] parts)
    {
        if (instruction.Operand is Type type)
        {
            _il.Emit(instruction.Code, type);
        }
        else
        {
            _il.Emit(instruction.Code);
        }

        if (parts[0] is "ldelem" or "ldelema")
        {
            Pop();
        }

        var array = Pop();
        var element = instruction.Operand as Type ?? (parts.Length > 1 ? s_typeSuffixes[parts[1]] : array.Type);
        Push(parts[0] switch
        {
            "ldlen" => typeof(nint),
            "newarr" => element.MakeArrayType(),
            "ldelema" => element.MakeByRefType(),
            _ => element,
        });
    }
}
