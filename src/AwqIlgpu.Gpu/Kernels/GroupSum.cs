using ILGPU;

namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Reductions over a group of threads through shared memory, for devices without shuffles.</summary>
internal static class GroupSum
{
    /// <summary>The sum over all threads, in a fixed order; a barrier stands before and after.</summary>
    /// <param name="partial">Shared, one element for each thread; free to use again after the call.</param>
    /// <param name="value">This thread's part.</param>
    /// <param name="threads">Threads of the group; a power of two.</param>
    public static float Of(ArrayView<float> partial, float value, int threads)
    {
        partial[Group.IdxX] = value;
        Group.Barrier();
        for (int half = threads / 2; half > 0; half /= 2)
        {
            if (Group.IdxX < half)
            {
                partial[Group.IdxX] += partial[Group.IdxX + half];
            }

            Group.Barrier();
        }

        float sum = partial[0];
        Group.Barrier();
        return sum;
    }
}
