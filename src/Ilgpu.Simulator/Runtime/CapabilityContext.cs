namespace ILGPU.Runtime;

/// <summary>What a device can do beyond the common ground.</summary>
public abstract class CapabilityContext
{
}
