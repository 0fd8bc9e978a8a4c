using AwqIlgpu.Kernels;
using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>What one attention layer computes for a batch, in device memory.</summary>
internal readonly struct AttentionArguments
{
    /// <param name="shape">The layer.</param>
    /// <param name="query">Queries, [rows, heads * headDimK].</param>
    /// <param name="queryStride">Floats from one row of queries to the next.</param>
    /// <param name="output">Result, [rows, heads * headDimV]; does not overlap the queries.</param>
    /// <param name="outputStride">Floats from one row of the result to the next.</param>
    /// <param name="segments">The batch's sequences.</param>
    /// <param name="tables">Their block tables.</param>
    public AttentionArguments(AttentionShape shape, ArrayView<float> query, int queryStride, ArrayView<float> output, int outputStride, ArrayView<AttentionSegment> segments, ArrayView<int> tables)
    {
        Query = query;
        QueryStride = queryStride;
        Output = output;
        OutputStride = outputStride;
        Segments = segments;
        Tables = tables;
        Heads = shape.Heads;
        HeadsPerKvHead = shape.Group;
        Scale = shape.Scale;
        Softcap = shape.Softcap;
        Window = shape.Window;
    }

    public ArrayView<float> Query { get; }

    public int QueryStride { get; }

    public ArrayView<float> Output { get; }

    public int OutputStride { get; }

    public ArrayView<AttentionSegment> Segments { get; }

    public ArrayView<int> Tables { get; }

    public int Heads { get; }

    public int HeadsPerKvHead { get; }

    public float Scale { get; }

    /// <summary>Scaled scores s become cap * tanh(s / cap); 0 for none.</summary>
    public float Softcap { get; }

    /// <summary>Keys that a query sees, itself included; 0 for all.</summary>
    public int Window { get; }

    /// <summary>The first key that a query at <paramref name="position"/> sees.</summary>
    public int FirstKey(int position) => Window == 0 ? 0 : IntrinsicMath.Max(0, position - Window + 1);
}
