using ILGPU.Runtime;

namespace ILGPU.Simulation;

/// <summary>Finds the buffer in which an address lies.</summary>
internal static class GlobalMemory
{
    private static readonly Lock s_lock = new();

    // Sorted by address; replaced as a whole, so that readers need no lock.
    private static MemoryBuffer[] s_buffers = [];

    public static void Add(MemoryBuffer buffer)
    {
        lock (s_lock)
        {
            s_buffers = [.. s_buffers.Append(buffer).OrderBy(other => other.NativePtr)];
        }
    }

    public static void Remove(MemoryBuffer buffer)
    {
        lock (s_lock)
        {
            s_buffers = [.. s_buffers.Where(other => other != buffer)];
        }
    }

    public static MemoryBuffer? Find(nint address)
    {
        var buffers = s_buffers;
        int low = 0;
        int high = buffers.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (buffers[middle].NativePtr <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        // An empty view may lie at the end of its buffer.
        return low > 0 && address <= buffers[low - 1].NativePtr + (nint)buffers[low - 1].LengthInBytes ? buffers[low - 1] : null;
    }
}
