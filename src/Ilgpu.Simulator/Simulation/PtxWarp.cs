using System.Globalization;

namespace ILGPU.Simulation;

/// <summary>The instructions that a warp carries out together. Each lane computes its own part from what the others show.</summary>
internal static unsafe class PtxWarp
{
    /// <summary>Carries out <paramref name="statement"/> for the running lane.</summary>
    /// <param name="statement">mma or ldmatrix.</param>
    /// <param name="context">The running lane.</param>
    /// <param name="lane">Its registers.</param>
    /// <param name="posted">The registers of all lanes of the warp.</param>
    public static void Execute(PtxStatement statement, LaneContext context, PtxLane lane, PtxLane[] posted)
    {
        if (context.WarpSize != 32)
        {
            throw context.Fault(FaultKind.InvalidOperation, $"PTX {statement} in a warp of {context.WarpSize} lanes");
        }

        if (statement.Name == "mma")
        {
            MultiplyAdd(statement, context, lane, posted);
        }
        else
        {
            LoadMatrix(statement, context, lane, posted);
        }
    }

    /// <summary>
    /// D = A B + C with A [16, k] by rows, B [k, 8] by columns. Lane l has of C and D the rows l/4 and l/4 + 8, columns
    /// 2 (l%4) and the next; of A and B a register holds e neighbours in k, registers alternate over the halves of the rows
    /// and go on by 4e in k ("Matrix Fragments for mma" in the PTX ISA).
    /// </summary>
    private static void MultiplyAdd(PtxStatement statement, LaneContext context, PtxLane lane, PtxLane[] posted)
    {
        string shape = statement.Modifiers.FirstOrDefault(modifier => modifier.StartsWith("m16n8k", StringComparison.Ordinal)) ?? "";
        string[] types = statement.Modifiers[^4..];
        if (shape.Length == 0 || !statement.Has("sync") || !statement.Has("row") || !statement.Has("col"))
        {
            throw context.Fault(FaultKind.InvalidOperation, $"PTX {statement} is not simulated");
        }

        int depth = int.Parse(shape.AsSpan("m16n8k".Length), CultureInfo.InvariantCulture);
        var (readA, bitsA) = Element(types[1], statement, context);
        var (readB, _) = Element(types[2], statement, context);
        int perRegister = 32 / bitsA;
        int chunk = 4 * perRegister;
        var added = statement.Operands[3];
        uint[] results = new uint[statement.Operands[0].Length];
        for (int i = 0; i < 4; i++)
        {
            int row = (context.LaneInWarp / 4) + (i / 2 * 8);
            int column = (context.LaneInWarp % 4 * 2) + (i % 2);
            double sum = 0;
            for (int k = 0; k < depth; k++)
            {
                int register = k / chunk;
                int shift = k % perRegister * bitsA;
                int inChunk = k % chunk / perRegister;
                uint a = posted[(row % 8 * 4) + inChunk].Word(statement.Operands[1][(row / 8) + (2 * register)]) >> shift;
                uint b = posted[(column * 4) + inChunk].Word(statement.Operands[2][register]) >> shift;
                sum += readA(a) * readB(b);
            }

            if (types[3] == "s32")
            {
                results[i] = unchecked((uint)(int)sum + lane.Word(added[i]));
            }
            else if (types[3] == "f16")
            {
                int shift = i % 2 * 16;
                double start = (double)BitConverter.UInt16BitsToHalf((ushort)(lane.Word(added[i / 2]) >> shift));
                results[i / 2] |= (uint)BitConverter.HalfToUInt16Bits((System.Half)(sum + start)) << shift;
            }
            else
            {
                results[i] = BitConverter.SingleToUInt32Bits((float)(sum + BitConverter.UInt32BitsToSingle(lane.Word(added[i]))));
            }
        }

        // Assigned last: C and D may be the same registers.
        for (int i = 0; i < results.Length; i++)
        {
            lane[statement.Operands[0][i]] = results[i];
        }
    }

    private static (Func<uint, double> Read, int Bits) Element(string type, PtxStatement statement, LaneContext context) => type switch
    {
        "f16" => (bits => (double)BitConverter.UInt16BitsToHalf((ushort)bits), 16),
        "bf16" => (bits => BitConverter.UInt32BitsToSingle(bits << 16), 16),
        "tf32" => (bits => BitConverter.UInt32BitsToSingle(bits & 0xFFFFE000), 32),
        "s8" => (bits => (sbyte)bits, 8),
        "u8" => (bits => (byte)bits, 8),
        _ => throw context.Fault(FaultKind.InvalidOperation, $"PTX {statement} is not simulated"),
    };

    /// <summary>
    /// Loads matrices of 8 x 8 elements of 16 bits. Lanes 8i to 8i + 7 give the addresses of the rows of matrix i; lane l
    /// receives of each matrix row l/4, columns 2 (l%4) and the next, or the same of the transpose.
    /// </summary>
    private static void LoadMatrix(PtxStatement statement, LaneContext context, PtxLane lane, PtxLane[] posted)
    {
        int count = statement.Has("x4") ? 4 : statement.Has("x2") ? 2 : statement.Has("x1") ? 1 : 0;
        if (count == 0 || !statement.Has("m8n8") || !statement.Has("b16") || statement.Operands[0].Length != count)
        {
            throw context.Fault(FaultKind.InvalidOperation, $"PTX {statement} is not simulated");
        }

        var address = statement.Operands[1][0];
        nint Row(int i) => context.SharedAddress(posted[i][address], 16);
        int self = context.LaneInWarp;
        if (self < count * 8)
        {
            context.ReadByPtx(Row(self), 16);
        }

        bool isTransposed = statement.Has("trans");
        for (int matrix = 0; matrix < count; matrix++)
        {
            uint Element(int i)
            {
                var (row, column) = isTransposed ? ((self % 4 * 2) + i, self / 4) : (self / 4, (self % 4 * 2) + i);
                return ((ushort*)Row((matrix * 8) + row))[column];
            }

            lane[statement.Operands[0][matrix]] = Element(0) | (Element(1) << 16);
        }
    }
}
