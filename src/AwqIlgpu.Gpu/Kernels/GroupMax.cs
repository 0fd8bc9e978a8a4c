using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>The largest of a group's values through shared memory, for devices without shuffles.</summary>
internal static class GroupMax
{
    /// <summary>The largest value of all threads; a barrier stands before and after.</summary>
    /// <param name="partial">Shared, one element for each thread; free to use again after the call.</param>
    /// <param name="value">This thread's value.</param>
    /// <param name="threads">Threads of the group; a power of two.</param>
    public static float Of(ArrayView<float> partial, float value, int threads)
    {
        partial[Group.IdxX] = value;
        Group.Barrier();
        for (int half = threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                partial[Group.IdxX] = IntrinsicMath.Max(partial[Group.IdxX], partial[Group.IdxX + half]);
            }

            Group.Barrier();
        }

        float max = partial[0];
        Group.Barrier();
        return max;
    }
}
