using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;

namespace ILGPU.Simulation;

/// <summary>Runs a lane from <paramref name="state"/> until it finishes (-1) or waits for others (the state to go on from).</summary>
internal delegate int LaneBody(LaneContext context, nint arguments, nint frame, int state);

/// <summary>
/// Rewrites a kernel's IL into a method that can stop at a barrier and go on later, so that one thread runs all lanes of a
/// group by turns. As in ILGPU itself, called methods are inlined and exceptions, recursion and managed objects are refused.
/// </summary>
/// <remarks>
/// Variables whose address is taken live in the lane's frame, a block of native memory; the others are IL locals, saved to
/// the frame where the lane stops. With checks on, each load and store of memory that is not the lane's own is
/// preceded by a call to <see cref="LaneContext.Read"/> or <see cref="LaneContext.Write"/>.
/// </remarks>
internal sealed partial class KernelCompiler
{
    // Frame bytes in which the evaluation stack is kept while a lane is suspended.
    private const int SpillBytes = 1024;
    private const int Alignment = 16;
    private const int MaxInlineDepth = 64;

    private static readonly FieldInfo s_site = typeof(LaneContext).GetField(nameof(LaneContext.Site))!;
    private static readonly FieldInfo s_completing = typeof(LaneContext).GetField(nameof(LaneContext.Completing))!;
    private static readonly FieldInfo s_plantedReached = typeof(LaneContext).GetField(nameof(LaneContext.PlantedReached))!;
    private static readonly MethodInfo s_read = typeof(LaneContext).GetMethod(nameof(LaneContext.Read))!;
    private static readonly MethodInfo s_write = typeof(LaneContext).GetMethod(nameof(LaneContext.Write))!;
    private static readonly Dictionary<MethodInfo, MethodInfo> s_laneProperties = LaneProperties();

    private readonly ILGenerator _il;
    private readonly bool _checks;
    private readonly PlantedFault? _planted;
    private readonly int[] _places = new int[Enum.GetValues<PlantedFaultKind>().Length];
    private readonly List<Site> _sites = [];
    private readonly List<Scope> _scopes = [];
    private readonly List<Label> _resumePoints = [];
    private readonly Dictionary<Type, Stack<LocalBuilder>> _temporaries = [];
    private List<StackValue> _stack = [];
    private bool _isReachable = true;
    private int _frameSize = SpillBytes;
    private Type? _constraint;

    private KernelCompiler(ILGenerator il, bool checks, PlantedFault? planted)
    {
        _il = il;
        _checks = checks;
        _planted = planted;
    }

    /// <summary>Compiles <paramref name="kernel"/>.</summary>
    /// <param name="kernel">The kernel method.</param>
    /// <param name="implicitlyGrouped">The first parameter is the index of the lane, not an argument.</param>
    /// <param name="checks">Report each memory access.</param>
    /// <param name="planted">A fault to put in, or null.</param>
    /// <exception cref="NotSupportedException">The kernel uses what a GPU kernel cannot.</exception>
    public static CompiledKernel Compile(MethodInfo kernel, bool implicitlyGrouped, bool checks, PlantedFault? planted = null)
    {
        var method = new DynamicMethod(
            kernel.Name, typeof(int), [typeof(LaneContext), typeof(nint), typeof(nint), typeof(int)], typeof(LaneContext).Module, true);
        var compiler = new KernelCompiler(method.GetILGenerator(), checks, planted);
        compiler.EmitKernel(kernel, implicitlyGrouped);
        if (planted is not null && planted.Ordinal >= compiler._places[(int)planted.Kind])
        {
            throw new ArgumentOutOfRangeException(nameof(planted), $"{kernel.Name}: {planted}; there are {compiler._places[(int)planted.Kind]} places.");
        }

        return new CompiledKernel(method.CreateDelegate<LaneBody>(), Align(compiler._frameSize), [.. compiler._sites]);
    }

    /// <summary>Bytes that a kernel argument of <paramref name="type"/> takes.</summary>
    public static int ArgumentBytes(Type type) => Align(SizeOf(type));

    private static int Align(int size) => (size + Alignment - 1) & -Alignment;

    private static int SizeOf(Type type) => type.IsByRef || type.IsPointer
        ? nint.Size
        : (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    private static Dictionary<MethodInfo, MethodInfo> LaneProperties()
    {
        (Type Type, string Name, string Lane)[] properties =
        [
            (typeof(Group), nameof(Group.IdxX), nameof(LaneContext.IdxX)), (typeof(Group), nameof(Group.IdxY), nameof(LaneContext.IdxY)),
            (typeof(Group), nameof(Group.IdxZ), nameof(LaneContext.IdxZ)), (typeof(Group), nameof(Group.DimX), nameof(LaneContext.GroupDimX)),
            (typeof(Group), nameof(Group.DimY), nameof(LaneContext.GroupDimY)), (typeof(Group), nameof(Group.DimZ), nameof(LaneContext.GroupDimZ)),
            (typeof(Grid), nameof(Grid.IdxX), nameof(LaneContext.GridIdxX)), (typeof(Grid), nameof(Grid.IdxY), nameof(LaneContext.GridIdxY)),
            (typeof(Grid), nameof(Grid.IdxZ), nameof(LaneContext.GridIdxZ)), (typeof(Grid), nameof(Grid.DimX), nameof(LaneContext.GridDimX)),
            (typeof(Grid), nameof(Grid.DimY), nameof(LaneContext.GridDimY)), (typeof(Grid), nameof(Grid.DimZ), nameof(LaneContext.GridDimZ)),
            (typeof(Warp), nameof(Warp.LaneIdx), nameof(LaneContext.LaneInWarp)), (typeof(Warp), nameof(Warp.WarpSize), nameof(LaneContext.WarpSize)),
        ];
        return properties.ToDictionary(
            property => property.Type.GetProperty(property.Name)!.GetMethod!,
            property => typeof(LaneContext).GetProperty(property.Lane)!.GetMethod!);
    }

    /// <summary>Whether the fault belongs at this place, which is counted; the lane notes that it came there.</summary>
    private bool IsPlanted(PlantedFaultKind kind)
    {
        bool isHere = _places[(int)kind]++ == _planted?.Ordinal && kind == _planted.Kind;
        if (isHere)
        {
            _il.Emit(OpCodes.Ldarg_0);
            _il.Emit(OpCodes.Ldc_I4_1);
            _il.Emit(OpCodes.Stfld, s_plantedReached);
        }

        return isHere;
    }

    private void EmitKernel(MethodInfo kernel, bool implicitlyGrouped)
    {
        var start = _il.DefineLabel();
        var dispatch = _il.DefineLabel();
        _il.Emit(OpCodes.Br, dispatch);
        _il.MarkLabel(start);
        var scope = OpenScope(kernel, null);
        int offset = 0;
        bool isIndex = implicitlyGrouped;
        foreach (var argument in scope.Arguments)
        {
            if (argument.Type is null)
            {
                continue;
            }

            if (isIndex)
            {
                _il.Emit(OpCodes.Ldarg_0);
                _il.Emit(OpCodes.Call, typeof(LaneContext).GetMethod(nameof(LaneContext.GetIndex))!.MakeGenericMethod(argument.Type));
                isIndex = false;
            }
            else
            {
                _il.Emit(OpCodes.Ldarg_1);
                _il.Emit(OpCodes.Ldc_I4, offset);
                _il.Emit(OpCodes.Add);
                _il.Emit(OpCodes.Ldobj, argument.Type);
                offset += ArgumentBytes(argument.Type);
            }

            StoreTop(argument);
        }

        EmitBody(scope);
        _il.MarkLabel(scope.End);
        _il.Emit(OpCodes.Ldc_I4_M1);
        _il.Emit(OpCodes.Ret);
        _il.MarkLabel(dispatch);
        _il.Emit(OpCodes.Ldarg_3);
        _il.Emit(OpCodes.Switch, [start, .. _resumePoints]);
        _il.Emit(OpCodes.Ldc_I4_M1);
        _il.Emit(OpCodes.Ret);
    }

    private Scope OpenScope(MethodBase method, Scope? caller)
    {
        if (_scopes.Count > MaxInlineDepth)
        {
            throw new NotSupportedException($"{method.Name}: calls are nested more than {MaxInlineDepth} deep; a kernel cannot recurse.");
        }

        var body = method.GetMethodBody()!;
        if (body.ExceptionHandlingClauses.Count > 0)
        {
            throw new NotSupportedException($"{method.Name}: a kernel cannot handle exceptions.");
        }

        var instructions = Instruction.ReadAll(method);
        var parameters = method.GetParameters().Select(parameter => (Type?)parameter.ParameterType);
        if (!method.IsStatic)
        {
            parameters = parameters.Prepend(method.DeclaringType!.IsValueType ? method.DeclaringType.MakeByRefType() : null);
        }

        var scope = new Scope(
            method,
            instructions,
            [.. parameters.Select((type, i) => CreateVariable(type, IsAddressTaken(instructions, "ldarga", i)))],
            [.. body.LocalVariables.Select((local, i) => CreateVariable(local.LocalType, IsAddressTaken(instructions, "ldloca", i)))],
            method is MethodInfo { ReturnType: var type } && type != typeof(void) && caller is not null ? CreateVariable(type, false) : null,
            _il.DefineLabel(),
            [.. _stack]);
        foreach (var instruction in instructions)
        {
            foreach (int target in instruction.Operand switch
            {
                int[] targets => targets,
                int target when instruction.Code.OperandType is OperandType.InlineBrTarget or OperandType.ShortInlineBrTarget => [target],
                _ => [],
            })
            {
                scope.Targets.TryAdd(target, new BranchTarget(_il.DefineLabel()));
            }
        }

        _scopes.Add(scope);
        return scope;
    }

    private Variable CreateVariable(Type? type, bool isAddressTaken)
    {
        if (type is null)
        {
            return new Variable { Type = null };
        }

        return isAddressTaken
            ? new Variable { Type = type, Offset = AllocateFrame(type) }
            : new Variable { Type = type, Local = _il.DeclareLocal(type) };
    }

    private static bool IsAddressTaken(List<Instruction> instructions, string name, int index) => instructions.Exists(
        instruction => instruction.Code.Name!.StartsWith(name, StringComparison.Ordinal) && (int)instruction.Operand! == index);

    private int AllocateFrame(Type type)
    {
        int offset = _frameSize;
        _frameSize += Align(SizeOf(type));
        return offset;
    }

    private void EmitBody(Scope scope)
    {
        foreach (var instruction in scope.Instructions)
        {
            if (scope.Targets.TryGetValue(instruction.Offset, out var target))
            {
                if (!_isReachable)
                {
                    _stack = [.. target.Stack ?? scope.BaseStack];
                    _isReachable = true;
                }
                else
                {
                    Reach(target);
                    _stack = [.. target.Stack!];
                }

                _il.MarkLabel(target.Label);
            }

            if (_isReachable)
            {
                scope.Offset = instruction.Offset;
                EmitInstruction(scope, instruction);
            }
        }

        _scopes.Remove(scope);
        _isReachable = true;
        _stack = [.. scope.BaseStack];
    }

    /// <summary>Merges what is known of the stack here into what is known of it at <paramref name="target"/>.</summary>
    private void Reach(BranchTarget target) => target.Stack = target.Stack is null
        ? [.. _stack]
        : [.. _stack.Zip(target.Stack, (here, there) => here with
        {
            IsLocalAddress = here.IsLocalAddress && there.IsLocalAddress,
            Text = here.Text == there.Text ? here.Text : null,
        })];

    private void Push(Type type, bool isLocalAddress = false, string? text = null) =>
        _stack.Add(new StackValue(StackValue.Normalize(type), isLocalAddress, text));

    private StackValue Pop()
    {
        var value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private LocalBuilder Borrow(Type type)
    {
        if (!_temporaries.TryGetValue(type, out var free))
        {
            _temporaries[type] = free = new Stack<LocalBuilder>();
        }

        return free.Count > 0 ? free.Pop() : _il.DeclareLocal(type);
    }

    private void Return(LocalBuilder local) => _temporaries[local.LocalType].Push(local);

    private int AddSite(Scope scope)
    {
        _sites.Add(new Site(scope.Method, scope.Offset));
        return _sites.Count - 1;
    }

    private void EmitSite(Scope scope)
    {
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldc_I4, AddSite(scope));
        _il.Emit(OpCodes.Stfld, s_site);
    }

    /// <summary>Pushes the address of <paramref name="offset"/> in the lane's frame.</summary>
    private void EmitFrameAddress(int offset)
    {
        _il.Emit(OpCodes.Ldarg_2);
        _il.Emit(OpCodes.Ldc_I4, offset);
        _il.Emit(OpCodes.Add);
    }

    private static Type StorageType(Type type) => type.IsByRef || type.IsPointer ? typeof(nint) : type;

    private void EmitLoad(Variable variable)
    {
        if (variable.Type is null)
        {
            _il.Emit(OpCodes.Ldnull);
        }
        else if (variable.Local is not null)
        {
            _il.Emit(OpCodes.Ldloc, variable.Local);
        }
        else
        {
            EmitFrameAddress(variable.Offset);
            _il.Emit(OpCodes.Ldobj, StorageType(variable.Type));
        }
    }

    /// <summary>Stores the top of the IL stack.</summary>
    private void StoreTop(Variable variable)
    {
        if (variable.Type is null)
        {
            _il.Emit(OpCodes.Pop);
        }
        else if (variable.Local is not null)
        {
            _il.Emit(OpCodes.Stloc, variable.Local);
        }
        else
        {
            var temporary = Borrow(variable.Type);
            _il.Emit(OpCodes.Stloc, temporary);
            StoreToFrame(temporary, variable.Offset);
            Return(temporary);
        }
    }

    private void StoreToFrame(LocalBuilder local, int offset)
    {
        EmitFrameAddress(offset);
        _il.Emit(OpCodes.Ldloc, local);
        if (local.LocalType.IsByRef)
        {
            _il.Emit(OpCodes.Conv_U);
        }

        _il.Emit(OpCodes.Stobj, StorageType(local.LocalType));
    }

    /// <summary>Reports an access through the address on top of the IL stack, which stays there.</summary>
    private void EmitCheck(Scope scope, MethodInfo check, Type type)
    {
        var address = Borrow(typeof(nint));
        _il.Emit(OpCodes.Dup);
        _il.Emit(OpCodes.Conv_U);
        _il.Emit(OpCodes.Stloc, address);
        _il.Emit(OpCodes.Ldarg_0);
        _il.Emit(OpCodes.Ldloc, address);
        _il.Emit(OpCodes.Sizeof, type);
        _il.Emit(OpCodes.Ldc_I4, AddSite(scope));
        _il.Emit(OpCodes.Call, check);
        Return(address);
    }

    private sealed class BranchTarget(Label label)
    {
        public Label Label { get; } = label;

        public StackValue[]? Stack { get; set; }
    }

    /// <summary>A method being copied: the kernel itself or one inlined into it.</summary>
    private sealed record Scope(
        MethodBase Method,
        List<Instruction> Instructions,
        Variable[] Arguments,
        Variable[] Locals,
        Variable? Result,
        Label End,
        StackValue[] BaseStack)
    {
        public Dictionary<int, BranchTarget> Targets { get; } = [];

        public int Offset { get; set; }
    }
}

/// <summary>A kernel ready to run.</summary>
/// <param name="Body">Runs a lane.</param>
/// <param name="FrameSize">Bytes of the lane's frame.</param>
/// <param name="Sites">Where each numbered access or call stands in the source.</param>
internal sealed record CompiledKernel(LaneBody Body, int FrameSize, Site[] Sites);
