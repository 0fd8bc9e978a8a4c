using System.Runtime.CompilerServices;
using AwqIlgpu.Checkpoints;

namespace AwqIlgpu.Kernels;

/// <summary>Where two vectors of rows lie in an <see cref="Int4Matrix"/>, and their scales and zero points.</summary>
internal readonly unsafe struct Int4RowTile<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : unmanaged
{
    private readonly byte* _scales0;
    private readonly byte* _scales1;
    private readonly byte* _zeroPoints0;
    private readonly byte* _zeroPoints1;
    private readonly TensorType _scaleType;

    /// <summary>The tile whose vectors begin with rows <paramref name="first"/> and <paramref name="second"/>, multiples of the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Int4RowTile(Int4Matrix matrix, int first, int second)
    {
        Weights0 = matrix.Weights(first);
        Weights1 = matrix.Weights(second);
        _scales0 = matrix.Scales(first);
        _scales1 = matrix.Scales(second);
        _zeroPoints0 = matrix.ZeroPoints(first);
        _zeroPoints1 = matrix.ZeroPoints(second);
        _scaleType = matrix.Shape.ScaleType;
    }

    /// <summary>Packed weights of the first vector; the next eight columns are 64 bytes further.</summary>
    public byte* Weights0 { get; }

    /// <summary>Packed weights of the second vector.</summary>
    public byte* Weights1 { get; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Scale0(int block) => Scale(_scales0, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Scale1(int block) => Scale(_scales1, block);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector ZeroPoint0(int block) => TLanes.LoadNibbles(_zeroPoints0 + ((nint)block * (Int4Shape.PanelRows / 2)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector ZeroPoint1(int block) => TLanes.LoadNibbles(_zeroPoints1 + ((nint)block * (Int4Shape.PanelRows / 2)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TVector Scale(byte* scales, int block)
    {
        nint index = (nint)block * Int4Shape.PanelRows;
        return _scaleType switch
        {
            TensorType.Float16 => TLanes.LoadHalf(scales + (index * 2)),
            TensorType.BFloat16 => TLanes.LoadBFloat16(scales + (index * 2)),
            _ => TLanes.Load(scales + (index * 4)),
        };
    }
}
