using System.Reflection;
using System.Reflection.Emit;
using ILGPU.Runtime.Cuda;

namespace ILGPU.Simulation;

/// <content>Calls: inlined, replaced, suspended at, or left as they are.</content>
internal sealed partial class KernelCompiler
{
    private static readonly Dictionary<MethodBase, bool> s_mustInline = [];
    private static readonly MethodInfo s_barrier = typeof(Group).GetMethod(nameof(Group.Barrier))!;

    private static bool IsSimulator(MethodBase method) => method.Module == typeof(KernelCompiler).Module;

    private static bool IsFramework(MethodBase method) =>
        method.Module.Assembly.GetName().Name is var name && (name!.StartsWith("System", StringComparison.Ordinal) || name == "netstandard");

    private static bool HasInlinableBody(MethodBase method) =>
        !IsSimulator(method) && !IsFramework(method) && !method.IsConstructor && method.GetMethodBody() is not null &&
        (method.IsStatic || method.DeclaringType!.IsValueType);

    /// <summary>PTX that exchanges values between the lanes of a warp.</summary>
    private static bool IsCollective(string? ptx) => ptx is null || PtxProgram.Parse(ptx).Collective is not null;

    private static bool IsCollective(MethodBase method, string? ptx) => method.DeclaringType == typeof(CudaAsm)
        ? method.Name.StartsWith("Emit", StringComparison.Ordinal) && IsCollective(ptx)
        : IsSimulator(method) && method.IsDefined(typeof(CollectiveAttribute));

    /// <summary>Whether a lane can wait for others in <paramref name="method"/>, or allocate memory, which the call site names.</summary>
    private static bool MustInline(MethodBase method)
    {
        lock (s_mustInline)
        {
            if (!s_mustInline.TryGetValue(method, out bool must))
            {
                s_mustInline[method] = false;
                string? text = null;
                foreach (var instruction in Instruction.ReadAll(method))
                {
                    text = instruction.Operand as string ?? text;
                    must |= instruction.Operand is MethodBase callee &&
                        (IsCollective(callee, text) || callee.DeclaringType == typeof(SharedMemory) || callee.DeclaringType == typeof(LocalMemory) ||
                         (callee.IsGenericMethodDefinition is false && HasInlinableBody(callee) && MustInline(callee)));
                    must |= instruction.Code == OpCodes.Constrained;
                }

                s_mustInline[method] = must;
            }

            return must;
        }
    }

    private void EmitCall(Scope scope, Instruction instruction)
    {
        var method = (MethodBase)instruction.Operand!;
        var code = instruction.Code;
        var constraint = _constraint;
        _constraint = null;
        if (constraint is { IsValueType: true } && method.DeclaringType!.IsInterface)
        {
            method = Implementation(constraint, (MethodInfo)method);
            code = OpCodes.Call;
            constraint = null;
        }

        if (method.Name == nameof(MathF.CopySign))
        {
            throw new NotSupportedException(
                $"{new Site(scope.Method, scope.Offset)}: CopySign takes its operands in the wrong order on CUDA with ILGPU 1.5.3; " +
                "combine the bits with Interop.FloatAsInt and Interop.IntAsFloat.");
        }

        if (method is MethodInfo getter && s_laneProperties.TryGetValue(getter, out var property))
        {
            if (property.Name == "get_" + nameof(LaneContext.IdxX) && IsPlanted(PlantedFaultKind.LanesAlike))
            {
                _il.Emit(OpCodes.Ldc_I4_0);
            }
            else
            {
                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Call, property);
            }

            Push(typeof(int));
            return;
        }

        if (method == s_barrier && IsPlanted(PlantedFaultKind.BarrierRemoved))
        {
            return;
        }

        if (IsIndexer(method) && IsPlanted(PlantedFaultKind.IndexOneOff))
        {
            _il.Emit(OpCodes.Ldc_I4_1);
            _il.Emit(method.GetParameters()[0].ParameterType == typeof(long) ? OpCodes.Conv_I8 : OpCodes.Nop);
            _il.Emit(OpCodes.Add);
        }

        int count = method.GetParameters().Length + (method.IsStatic || code == OpCodes.Newobj ? 0 : 1);
        if (code != OpCodes.Newobj && IsCollective(method, count > 0 ? _stack[^count].Text : null))
        {
            EmitCollective(scope, (MethodInfo)method, count);
        }
        else if (code != OpCodes.Newobj && HasInlinableBody(method) && (_checks || MustInline(method)))
        {
            EmitInlined(scope, method, count);
        }
        else
        {
            EmitPlainCall(scope, code, method, count, constraint);
        }
    }

    /// <summary>Whether the top of the stack is the number of an element of a view.</summary>
    private static bool IsIndexer(MethodBase method) =>
        method is { Name: "get_Item", DeclaringType.IsGenericType: true } && method.DeclaringType.GetGenericTypeDefinition() == typeof(ArrayView<>) &&
        (method.GetParameters()[0].ParameterType == typeof(int) || method.GetParameters()[0].ParameterType == typeof(long));

    private static MethodInfo Implementation(Type type, MethodInfo method)
    {
        var definition = method.IsGenericMethod ? method.GetGenericMethodDefinition() : method;
        var map = type.GetInterfaceMap(method.DeclaringType!);
        var target = map.TargetMethods[Array.IndexOf(map.InterfaceMethods, definition)];
        return method.IsGenericMethod ? target.MakeGenericMethod(method.GetGenericArguments()) : target;
    }

    private void EmitPlainCall(Scope scope, OpCode code, MethodBase method, int count, Type? constraint)
    {
        if (IsSimulator(method))
        {
            EmitSite(scope);
        }

        if (constraint is not null)
        {
            _il.Emit(OpCodes.Constrained, constraint);
        }

        _stack.RemoveRange(_stack.Count - count, count);
        if (method is ConstructorInfo constructor)
        {
            _il.Emit(code, constructor);
            if (code == OpCodes.Newobj)
            {
                Push(constructor.DeclaringType!);
            }
        }
        else
        {
            var target = (MethodInfo)method;
            _il.Emit(code, target);
            if (target.ReturnType != typeof(void))
            {
                Push(target.ReturnType);
            }
        }
    }

    private void EmitInlined(Scope caller, MethodBase method, int count)
    {
        var values = _stack[^count..];
        _stack.RemoveRange(_stack.Count - count, count);
        var scope = OpenScope(method, caller);
        for (int i = count - 1; i >= 0; i--)
        {
            StoreTop(scope.Arguments[i]);
            scope.Arguments[i].HoldsLocalAddress = values[i].IsLocalAddress;
        }

        EmitBody(scope);
        _il.MarkLabel(scope.End);
        if (scope.Result is not null)
        {
            EmitLoadVariable(scope.Result);
        }
    }

    /// <summary>
    /// Posts the arguments, stops the lane, and takes the result when it goes on. The whole evaluation stack and all
    /// variables in sight are kept in the frame meanwhile.
    /// </summary>
    private void EmitCollective(Scope scope, MethodInfo method, int count)
    {
        var temporaries = new LocalBuilder?[_stack.Count];
        int spill = 0;
        int[] offsets = new int[_stack.Count];
        for (int i = _stack.Count - 1; i >= 0; i--)
        {
            if (_stack[i].Text is not null)
            {
                _il.Emit(OpCodes.Pop);
                continue;
            }

            RequireUnmanaged(scope, _stack[i].Type);
            temporaries[i] = Borrow(_stack[i].Type);
            _il.Emit(OpCodes.Stloc, temporaries[i]!);
            offsets[i] = spill;
            spill += Align(SizeOf(_stack[i].Type));
            StoreToFrame(temporaries[i]!, offsets[i]);
        }

        if (spill > SpillBytes)
        {
            throw new NotSupportedException($"{new Site(scope.Method, scope.Offset)}: the expression around {method.Name} is too large; store its parts in variables.");
        }

        EmitPhase(scope, completing: false);
        for (int i = _stack.Count - count; i < _stack.Count; i++)
        {
            EmitSpilled(i);
        }

        _il.Emit(OpCodes.Call, method);
        if (method.ReturnType != typeof(void))
        {
            _il.Emit(OpCodes.Pop);
        }

        var variables = _scopes.SelectMany(open => open.Arguments.Concat(open.Locals)).Where(variable => variable.Local is not null).ToArray();
        foreach (var variable in variables)
        {
            RequireUnmanaged(scope, variable.Type!);
            if (variable.Offset < 0)
            {
                variable.Offset = AllocateFrame(variable.Type!);
            }

            StoreToFrame(variable.Local!, variable.Offset);
        }

        var resume = _il.DefineLabel();
        _resumePoints.Add(resume);
        _il.Emit(OpCodes.Ldc_I4, _resumePoints.Count);
        _il.Emit(OpCodes.Ret);
        _il.MarkLabel(resume);
        foreach (var variable in variables)
        {
            EmitFrameAddress(variable.Offset);
            _il.Emit(OpCodes.Ldobj, StorageType(variable.Type!));
            _il.Emit(OpCodes.Stloc, variable.Local!);
        }

        for (int i = 0; i < _stack.Count; i++)
        {
            if (temporaries[i] is { } temporary)
            {
                EmitFrameAddress(offsets[i]);
                _il.Emit(OpCodes.Ldobj, StorageType(temporary.LocalType));
                _il.Emit(OpCodes.Stloc, temporary);
            }

            EmitSpilled(i);
        }

        EmitPhase(scope, completing: true);
        _il.Emit(OpCodes.Call, method);
        foreach (var temporary in temporaries.OfType<LocalBuilder>())
        {
            Return(temporary);
        }

        _stack.RemoveRange(_stack.Count - count, count);
        if (method.ReturnType != typeof(void))
        {
            Push(method.ReturnType);
        }

        void EmitSpilled(int i)
        {
            if (_stack[i].Text is { } text)
            {
                _il.Emit(OpCodes.Ldstr, text);
            }
            else
            {
                _il.Emit(OpCodes.Ldloc, temporaries[i]!);
            }
        }
    }

    private void EmitPhase(Scope scope, bool completing)
    {
        EmitSite(scope);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(completing ? OpCodes.Ldc_I4_1 : OpCodes.Ldc_I4_0);
        _il.Emit(OpCodes.Stfld, s_completing);
    }

    private static void RequireUnmanaged(Scope scope, Type type)
    {
        if (!type.IsByRef && !type.IsPointer && (bool)typeof(System.Runtime.CompilerServices.RuntimeHelpers)
            .GetMethod(nameof(System.Runtime.CompilerServices.RuntimeHelpers.IsReferenceOrContainsReferences))!.MakeGenericMethod(type).Invoke(null, null)!)
        {
            throw new NotSupportedException($"{new Site(scope.Method, scope.Offset)}: a kernel cannot hold a {type.Name} across a barrier.");
        }
    }
}
