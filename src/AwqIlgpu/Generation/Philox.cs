namespace AwqIlgpu.Generation;

/// <summary>Philox 4x32-10: random numbers as a pure function of a key and a counter.</summary>
/// <remarks>
/// Integer arithmetic only, so the same on every platform; no state, so a draw depends on its seed and step and on nothing drawn before.
/// Source: Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3, SC 2011; constants and test vectors of Random123.
/// </remarks>
internal static class Philox
{
    private const int Rounds = 10;
    private const uint Multiplier0 = 0xD2511F53;
    private const uint Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9; // golden ratio
    private const uint Weyl1 = 0xBB67AE85; // sqrt(3) - 1

    /// <summary>The four words of one block.</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Block((uint X0, uint X1, uint X2, uint X3) counter, (uint K0, uint K1) key)
    {
        var (x0, x1, x2, x3) = counter;
        var (k0, k1) = key;
        for (int round = 0; round < Rounds; round++)
        {
            ulong product0 = (ulong)Multiplier0 * x0;
            ulong product1 = (ulong)Multiplier1 * x2;
            (x0, x1, x2, x3) = ((uint)(product1 >> 32) ^ x1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ x3 ^ k1, (uint)product0);
            unchecked
            {
                k0 += Weyl0;
                k1 += Weyl1;
            }
        }

        return (x0, x1, x2, x3);
    }

    /// <summary>A number in [0, 1) with 53 random bits: key <paramref name="seed"/>, counter <paramref name="step"/>.</summary>
    public static double Uniform(long seed, long step)
    {
        var (x0, x1, _, _) = Block(((uint)step, (uint)(step >>> 32), 0, 0), ((uint)seed, (uint)(seed >>> 32)));
        return (((ulong)x1 << 32 | x0) >> 11) * (1.0 / (1L << 53));
    }
}
