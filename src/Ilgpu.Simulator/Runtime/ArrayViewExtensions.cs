using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU.Simulation;

namespace ILGPU.Runtime;

/// <summary>Copies, fills and alignment of views. Copies are done when queued.</summary>
public static unsafe class ArrayViewExtensions
{
    public static ref byte LoadEffectiveAddress<T>(this ArrayView<T> view)
        where T : unmanaged => ref *(byte*)view.Data;

    /// <remarks>ILGPU 1.5.3 refuses it in kernels; the simulator takes it there so that its PTX instructions with addresses can be tried.</remarks>
    public static IntPtr LoadEffectiveAddressAsPtr<T>(this ArrayView<T> view)
        where T : unmanaged => (IntPtr)view.Data;

    public static (ArrayView<T>, ArrayView<T>) AlignTo<T>(this ArrayView<T> view, int alignmentInBytes)
        where T : unmanaged
    {
        long prefix = Math.Min(((-(nint)view.Data) & (alignmentInBytes - 1)) / sizeof(T), view.Length);
        return (view.SubView(0, prefix), view.SubView(prefix, view.Length - prefix));
    }

    public static ArrayView<T> AsAligned<T>(this ArrayView<T> view, int alignmentInBytes)
        where T : unmanaged
    {
        if (((nint)view.Data & (alignmentInBytes - 1)) != 0)
        {
            LaneContext.ThrowMisaligned((nint)view.Data, alignmentInBytes);
        }

        return view;
    }

    public static ArrayView1D<T, Stride1D.Dense> AsAligned<T>(this ArrayView1D<T, Stride1D.Dense> view, int alignmentInBytes)
        where T : unmanaged => view.BaseView.AsAligned(alignmentInBytes);

    public static ArrayView1D<TOther, Stride1D.Dense> Cast<T, TOther>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged
        where TOther : unmanaged => view.BaseView.Cast<TOther>();

    public static Accelerator GetAccelerator<TView>(this TView view)
        where TView : IArrayView => view.Buffer.Accelerator;

    public static void MemSetToZero<TView>(this TView view)
        where TView : IContiguousArrayView => Fill(view.AsRawArrayView(), 0);

    public static void MemSetToZero<TView>(this TView view, AcceleratorStream stream)
        where TView : IContiguousArrayView => Fill(view.AsRawArrayView(), 0);

    public static void MemSet<TView>(this TView view, byte value)
        where TView : IContiguousArrayView => Fill(view.AsRawArrayView(), value);

    public static void MemSet<TView>(this TView view, AcceleratorStream stream, byte value)
        where TView : IContiguousArrayView => Fill(view.AsRawArrayView(), value);

    public static void MemSetToZero<T>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged => view.BaseView.MemSetToZero();

    public static void MemSetToZero<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream)
        where T : unmanaged => view.BaseView.MemSetToZero();

    public static void CopyTo<TView>(this TView source, in TView target)
        where TView : IContiguousArrayView => Copy(source.AsRawArrayView(), target.AsRawArrayView());

    public static void CopyTo<TView>(this TView source, AcceleratorStream stream, in TView target)
        where TView : IContiguousArrayView => Copy(source.AsRawArrayView(), target.AsRawArrayView());

    public static void CopyFrom<TView>(this TView target, in TView source)
        where TView : IContiguousArrayView => Copy(source.AsRawArrayView(), target.AsRawArrayView());

    public static void CopyFrom<TView>(this TView target, AcceleratorStream stream, in TView source)
        where TView : IContiguousArrayView => Copy(source.AsRawArrayView(), target.AsRawArrayView());

    public static void CopyToCPU<T, TView>(this TView source, ref T cpuData, long length)
        where T : unmanaged
        where TView : IContiguousArrayView<T> => Read(source.AsRawArrayView(), ref cpuData, length);

    public static void CopyToCPU<T, TView>(this TView source, AcceleratorStream stream, ref T cpuData, long length)
        where T : unmanaged
        where TView : IContiguousArrayView<T> => Read(source.AsRawArrayView(), ref cpuData, length);

    public static void CopyFromCPU<T, TView>(this TView target, ref T cpuData, long length)
        where T : unmanaged
        where TView : IContiguousArrayView<T> => Write(target.AsRawArrayView(), ref cpuData, length);

    public static void CopyFromCPU<T, TView>(this TView target, AcceleratorStream stream, ref T cpuData, long length)
        where T : unmanaged
        where TView : IContiguousArrayView<T> => Write(target.AsRawArrayView(), ref cpuData, length);

    public static void CopyToCPU<T, TView>(this TView source, in Span<T> span)
        where T : unmanaged
        where TView : IContiguousArrayView<T> =>
        Read(source.AsRawArrayView(), ref MemoryMarshal.GetReference(span), span.Length);

    public static void CopyToCPU<T, TView>(this TView source, AcceleratorStream stream, in Span<T> span)
        where T : unmanaged
        where TView : IContiguousArrayView<T> =>
        Read(source.AsRawArrayView(), ref MemoryMarshal.GetReference(span), span.Length);

    public static void CopyFromCPU<T, TView>(this TView target, in ReadOnlySpan<T> span)
        where T : unmanaged
        where TView : IContiguousArrayView<T> =>
        Write(target.AsRawArrayView(), ref MemoryMarshal.GetReference(span), span.Length);

    public static void CopyFromCPU<T, TView>(this TView target, AcceleratorStream stream, in ReadOnlySpan<T> span)
        where T : unmanaged
        where TView : IContiguousArrayView<T> =>
        Write(target.AsRawArrayView(), ref MemoryMarshal.GetReference(span), span.Length);

    public static T[] GetAsArray<T>(this ArrayView<T> view)
        where T : unmanaged
    {
        var data = new T[view.Length];
        view.CopyToCPU(data);
        return data;
    }

    public static T[] GetAsArray<T>(this ArrayView<T> view, AcceleratorStream stream)
        where T : unmanaged => view.GetAsArray();

    public static MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(this Accelerator accelerator, T[] data)
        where T : unmanaged
    {
        var buffer = accelerator.Allocate1D<T>(data.Length);
        buffer.View.CopyFromCPU(data);
        return buffer;
    }

    public static MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(this Accelerator accelerator, AcceleratorStream stream, T[] data)
        where T : unmanaged => accelerator.Allocate1D(data);

    public static void CopyToCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged => Read(view.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyToCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => Read(view.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyFromCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged => Write(view.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyFromCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => Write(view.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, T[] data)
        where T : unmanaged => Read(view.BaseView.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => Read(view.BaseView.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, T[] data)
        where T : unmanaged => Write(view.BaseView.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => Write(view.BaseView.Cast<byte>(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static T[] GetAsArray1D<T>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged => view.BaseView.GetAsArray();

    public static T[] GetAsArray1D<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream)
        where T : unmanaged => view.BaseView.GetAsArray();

    public static void CopyToCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, T[] data)
        where T : unmanaged => Read(buffer.AsRawArrayView(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyToCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, AcceleratorStream stream, T[] data)
        where T : unmanaged => Read(buffer.AsRawArrayView(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyFromCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, T[] data)
        where T : unmanaged => Write(buffer.AsRawArrayView(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static void CopyFromCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, AcceleratorStream stream, T[] data)
        where T : unmanaged => Write(buffer.AsRawArrayView(), ref MemoryMarshal.GetArrayDataReference(data), data.Length);

    public static T[] GetAsArray1D<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer)
        where T : unmanaged => buffer.View.BaseView.GetAsArray();

    public static T[] GetAsArray1D<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, AcceleratorStream stream)
        where T : unmanaged => buffer.View.BaseView.GetAsArray();

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> source, ref T cpuData, long length)
        where T : unmanaged => Read(source.BaseView.Cast<byte>(), ref cpuData, length);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> source, AcceleratorStream stream, ref T cpuData, long length)
        where T : unmanaged => Read(source.BaseView.Cast<byte>(), ref cpuData, length);

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> target, ref T cpuData, long length)
        where T : unmanaged => Write(target.BaseView.Cast<byte>(), ref cpuData, length);

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> target, AcceleratorStream stream, ref T cpuData, long length)
        where T : unmanaged => Write(target.BaseView.Cast<byte>(), ref cpuData, length);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> source, AcceleratorStream stream, in Span<T> span)
        where T : unmanaged =>
        Read(source.BaseView.Cast<byte>(), ref MemoryMarshal.GetReference(span), span.Length);

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> target, AcceleratorStream stream, in ReadOnlySpan<T> span)
        where T : unmanaged =>
        Write(target.BaseView.Cast<byte>(), ref MemoryMarshal.GetReference(span), span.Length);

    public static void CopyTo<T>(this ArrayView1D<T, Stride1D.Dense> source, ArrayView1D<T, Stride1D.Dense> target)
        where T : unmanaged => Copy(source.BaseView.Cast<byte>(), target.BaseView.Cast<byte>());

    public static void CopyTo<T>(this ArrayView1D<T, Stride1D.Dense> source, AcceleratorStream stream, in ArrayView1D<T, Stride1D.Dense> target)
        where T : unmanaged => Copy(source.BaseView.Cast<byte>(), target.BaseView.Cast<byte>());

    public static void CopyFrom<T>(this ArrayView1D<T, Stride1D.Dense> target, in ArrayView1D<T, Stride1D.Dense> source)
        where T : unmanaged => Copy(source.BaseView.Cast<byte>(), target.BaseView.Cast<byte>());

    public static void CopyFrom<T>(this ArrayView1D<T, Stride1D.Dense> target, AcceleratorStream stream, in ArrayView1D<T, Stride1D.Dense> source)
        where T : unmanaged => Copy(source.BaseView.Cast<byte>(), target.BaseView.Cast<byte>());

    private static void Fill(ArrayView<byte> view, byte value) =>
        NativeMemory.Fill(view.Data, (nuint)view.Length, value);

    private static void Copy(ArrayView<byte> source, ArrayView<byte> target)
    {
        if (source.Length > target.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(target), $"{source.Length} bytes do not fit a view of {target.Length} bytes.");
        }

        Buffer.MemoryCopy(source.Data, target.Data, target.Length, source.Length);
    }

    private static void Read<T>(ArrayView<byte> source, ref T cpuData, long length)
        where T : unmanaged
    {
        long bytes = CheckedBytes<T>(source, length);
        fixed (T* data = &cpuData)
        {
            Buffer.MemoryCopy(source.Data, data, bytes, bytes);
        }
    }

    private static void Write<T>(ArrayView<byte> target, ref T cpuData, long length)
        where T : unmanaged
    {
        long bytes = CheckedBytes<T>(target, length);
        fixed (T* data = &cpuData)
        {
            Buffer.MemoryCopy(data, target.Data, bytes, bytes);
        }
    }

    private static long CheckedBytes<T>(ArrayView<byte> view, long length)
        where T : unmanaged
    {
        long bytes = checked(length * Unsafe.SizeOf<T>());
        return bytes <= view.Length
            ? bytes
            : throw new ArgumentOutOfRangeException(nameof(length), $"{length} elements of {Unsafe.SizeOf<T>()} bytes do not fit a view of {view.Length} bytes.");
    }
}
