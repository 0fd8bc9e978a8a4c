namespace ILGPU.Simulation;

/// <summary>The registers of one lane, and the instructions that a lane carries out alone.</summary>
/// <param name="context">The running lane.</param>
/// <param name="arguments">Values of the arguments of the C# call.</param>
/// <param name="registers">Values of the registers that the text declares.</param>
internal sealed class PtxLane(LaneContext context, ulong[] arguments, Dictionary<string, ulong> registers)
{
    /// <summary>A copy of the registers of <paramref name="posted"/>, for the lane to go on with.</summary>
    public PtxLane(LaneContext context, PtxLane posted)
        : this(context, [.. posted.Arguments], posted.Registers)
    {
    }

    public ulong[] Arguments { get; } = arguments;

    private Dictionary<string, ulong> Registers { get; } = registers;

    /// <summary>Arguments that were assigned.</summary>
    public HashSet<int> Written { get; } = [];

    public ulong this[PtxOperand operand]
    {
        get => operand.Argument >= 0 ? Arguments[operand.Argument] + (ulong)operand.Value
            : operand.Register is null ? (ulong)operand.Value
            : Registers[operand.Register] + (ulong)operand.Value;
        set
        {
            if (operand.Argument >= 0)
            {
                Arguments[operand.Argument] = value;
                Written.Add(operand.Argument);
            }
            else
            {
                Registers[operand.Register!] = value;
            }
        }
    }

    public uint Word(PtxOperand operand) => (uint)this[operand];

    public void Execute(PtxStatement[] statements)
    {
        foreach (var statement in statements)
        {
            Execute(statement);
        }
    }

    private void Execute(PtxStatement statement)
    {
        var operands = statement.Operands;
        uint Input(int i) => Word(operands[i][0]);
        switch (statement.Name)
        {
            case "cp" when statement.Has("async"):
                CopyAsync(statement);
                break;
            case "cvta" when statement.Has("shared"):
                this[operands[0][0]] = context.SharedOffset((nint)this[operands[1][0]]);
                break;
            case "cvta" or "mov":
                this[operands[0][0]] = this[operands[1][0]];
                break;
            case "cvt" when statement.Has("u32") && statement.Has("u64"):
                this[operands[0][0]] = Input(1);
                break;
            case "dp4a":
                this[operands[0][0]] = DotProduct(statement.Modifiers, Input(1), Input(2), Input(3));
                break;
            case "prmt":
                this[operands[0][0]] = Permute(Input(1), Input(2), Input(3));
                break;
            case "lop3":
                this[operands[0][0]] = Logic(Input(1), Input(2), Input(3), Input(4));
                break;
            case "and":
                this[operands[0][0]] = Input(1) & Input(2);
                break;
            case "or":
                this[operands[0][0]] = Input(1) | Input(2);
                break;
            case "xor":
                this[operands[0][0]] = Input(1) ^ Input(2);
                break;
            case "shl":
                this[operands[0][0]] = Input(2) > 31 ? 0 : Input(1) << (int)Input(2);
                break;
            case "shr" when statement.Has("u32") || statement.Has("b32"):
                this[operands[0][0]] = Input(2) > 31 ? 0 : Input(1) >> (int)Input(2);
                break;
            case "add" when statement.Has("f16x2"):
                this[operands[0][0]] = Pairwise((a, b, _) => a + b, Input(1), Input(2), 0);
                break;
            case "sub" when statement.Has("f16x2"):
                this[operands[0][0]] = Pairwise((a, b, _) => a - b, Input(1), Input(2), 0);
                break;
            case "mul" when statement.Has("f16x2"):
                this[operands[0][0]] = Pairwise((a, b, _) => a * b, Input(1), Input(2), 0);
                break;
            case "fma" when statement.Has("f16x2"):
                this[operands[0][0]] = Pairwise((a, b, c) => (a * b) + c, Input(1), Input(2), Input(3));
                break;
            default:
                throw context.Fault(FaultKind.InvalidOperation, $"PTX {statement} is not simulated");
        }
    }

    /// <summary>d = c + sum of a_i b_i over the four bytes, each operand signed or not.</summary>
    private static uint DotProduct(string[] types, uint a, uint b, uint c)
    {
        for (int i = 0; i < 32; i += 8)
        {
            int x = types[0] == "s32" ? (sbyte)(a >> i) : (byte)(a >> i);
            int y = types[1] == "s32" ? (sbyte)(b >> i) : (byte)(b >> i);
            c = unchecked(c + (uint)(x * y));
        }

        return c;
    }

    /// <summary>Each nibble of the selector picks a byte of b:a; its top bit spreads that byte's sign instead.</summary>
    private static uint Permute(uint a, uint b, uint selector)
    {
        ulong bytes = ((ulong)b << 32) | a;
        uint result = 0;
        for (int i = 0; i < 4; i++)
        {
            int nibble = (int)(selector >> (4 * i)) & 0xF;
            uint picked = (byte)(bytes >> (8 * (nibble & 7)));
            result |= (nibble < 8 ? picked : (picked & 0x80) == 0 ? 0u : 0xFFu) << (8 * i);
        }

        return result;
    }

    /// <summary>Bit by bit the entry of an eight-entry table.</summary>
    private static uint Logic(uint a, uint b, uint c, uint table)
    {
        uint result = 0;
        for (int bit = 0; bit < 32; bit++)
        {
            int entry = (int)((((a >> bit) & 1) << 2) | (((b >> bit) & 1) << 1) | ((c >> bit) & 1));
            result |= ((table >> entry) & 1) << bit;
        }

        return result;
    }

    /// <summary>The same on both halves, rounded once: a product of halves plus a half is exact in double.</summary>
    private static uint Pairwise(Func<double, double, double, double> operation, uint a, uint b, uint c)
    {
        uint Part(int shift) => BitConverter.HalfToUInt16Bits((System.Half)operation(
            (double)BitConverter.UInt16BitsToHalf((ushort)(a >> shift)),
            (double)BitConverter.UInt16BitsToHalf((ushort)(b >> shift)),
            (double)BitConverter.UInt16BitsToHalf((ushort)(c >> shift))));
        return Part(0) | (Part(16) << 16);
    }

    private void CopyAsync(PtxStatement statement)
    {
        var operands = statement.Operands;
        if (statement.Has("commit_group"))
        {
            context.CommitCopies();
        }
        else if (statement.Has("wait_group"))
        {
            context.WaitForCopies((int)operands[0][0].Value);
        }
        else if (statement.Has("wait_all"))
        {
            context.WaitForCopies(0, uncommitted: true);
        }
        else
        {
            int size = (int)operands[2][0].Value;
            int sourceSize = operands.Length > 3 ? (int)Word(operands[3][0]) : size;
            if (size is not (4 or 8 or 16) || sourceSize > size || (statement.Has("cg") && size != 16))
            {
                throw context.Fault(FaultKind.InvalidOperation, $"PTX {statement} of {sourceSize} of {size} bytes");
            }

            context.CopyLater(this[operands[0][0]], (nint)this[operands[1][0]], size, sourceSize);
        }
    }
}
