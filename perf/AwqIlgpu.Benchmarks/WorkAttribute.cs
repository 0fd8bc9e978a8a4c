namespace AwqIlgpu.Benchmarks;

/// <summary>How much a benchmark does in one call, for <see cref="RateColumn"/>.</summary>
/// <param name="amount">Billions of the unit.</param>
/// <param name="unit">For example GMAC or GB.</param>
/// <param name="factors">The benchmark's parameters that the amount is multiplied by.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WorkAttribute(double amount, string unit, params string[] factors) : Attribute
{
    /// <summary>Billions of the unit.</summary>
    public double Amount => amount;

    /// <summary>The unit.</summary>
    public string Unit => unit;

    /// <summary>Names of parameters to multiply by.</summary>
    public string[] Factors => factors;
}
