namespace AwqIlgpu.Models;

/// <summary>What becomes of a vector's values between file and arena.</summary>
internal enum VectorForm
{
    /// <summary>Nothing.</summary>
    Plain,

    /// <summary>1 is added.</summary>
    PlusOne,

    /// <summary>They divide, so they are kept as reciprocals.</summary>
    Reciprocal,
}

/// <summary>A vector of floats: a norm's weight or bias, scales of an activation, a router's bias.</summary>
/// <param name="Tensor">Full name in the checkpoint.</param>
/// <param name="Count">Elements.</param>
/// <param name="Offset">First byte in the arena, [count] floats.</param>
/// <param name="Form">What becomes of the values.</param>
internal sealed record VectorWeights(string Tensor, int Count, long Offset, VectorForm Form);
