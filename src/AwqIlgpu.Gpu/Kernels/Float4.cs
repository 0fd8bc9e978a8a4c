namespace AwqIlgpu.Gpu.Kernels;

/// <summary>Four floats that a lane loads and stores as one word of 16 bytes.</summary>
internal struct Float4
{
    public float A;
    public float B;
    public float C;
    public float D;

    public Float4(float a, float b, float c, float d)
    {
        A = a;
        B = b;
        C = c;
        D = d;
    }

    /// <summary>factor * value + sum.</summary>
    public static Float4 MultiplyAdd(float factor, Float4 value, Float4 sum) => new(
        (factor * value.A) + sum.A,
        (factor * value.B) + sum.B,
        (factor * value.C) + sum.C,
        (factor * value.D) + sum.D);
}
