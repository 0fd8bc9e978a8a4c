namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Four 32-bit words that a lane loads as one word of 16 bytes.</summary>
internal struct Words4
{
    public uint A;
    public uint B;
    public uint C;
    public uint D;
}

/// <summary>Two 32-bit words that a lane loads as one word of 8 bytes.</summary>
internal struct Words2
{
    public uint A;
    public uint B;
}
