namespace AwqIlgpu.Kernels;

/// <summary>Activations as int8 with one scale per token and block, in a workspace that the caller owns.</summary>
/// <remarks>Planes, each 64-byte aligned: values [block][m][block size] int8, scales [block][m] float, negated sums of the values [block][m] int32.</remarks>
internal readonly unsafe struct QuantizedActivations
{
    /// <summary>Lays the planes out over <paramref name="workspace"/>, <see cref="WorkspaceBytes"/> bytes, 64-byte aligned.</summary>
    public QuantizedActivations(byte* workspace, int m, int k, int blockSize)
    {
        M = m;
        K = k;
        BlockSize = blockSize;
        Values = (sbyte*)workspace;
        long scalePlane = Int4Shape.Align((long)m * (k / blockSize) * sizeof(float));
        Scales = (float*)(workspace + Int4Shape.Align((long)m * k));
        NegativeSums = (int*)((byte*)Scales + scalePlane);
    }

    private QuantizedActivations(in QuantizedActivations all, int first)
    {
        this = all;
        Values += (nint)first * BlockSize;
        Scales += first;
        NegativeSums += first;
    }

    /// <summary>Tokens of a plane, those before this view's first among them.</summary>
    public int M { get; }

    /// <summary>Input features.</summary>
    public int K { get; }

    /// <summary>Input features that share a scale.</summary>
    public int BlockSize { get; }

    /// <summary>[block][m][block size].</summary>
    public sbyte* Values { get; }

    /// <summary>[block][m].</summary>
    public float* Scales { get; }

    /// <summary>[block][m]; minus the sum of the block's values.</summary>
    public int* NegativeSums { get; }

    /// <summary>The tokens from <paramref name="first"/> on.</summary>
    public QuantizedActivations From(int first) => new(this, first);

    /// <summary>Bytes for <paramref name="m"/> tokens of <paramref name="k"/> features, for weights with groups of <paramref name="groupSize"/>.</summary>
    public static long WorkspaceBytes(int m, int k, int groupSize)
    {
        long blocks = k / Int4Shape.BlockOf(groupSize);
        return Int4Shape.Align((long)m * k) + (2 * Int4Shape.Align(m * blocks * sizeof(float)));
    }
}
