namespace ILGPU.Simulation;

/// <summary>
/// Marks an operation that waits for other lanes. The compiled kernel calls it twice: once to post its arguments, after
/// which the lane is suspended, and once when all lanes have posted, to take its result.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CollectiveAttribute : Attribute
{
}
