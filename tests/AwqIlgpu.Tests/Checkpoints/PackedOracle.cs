using System.Buffers.Binary;

namespace AwqIlgpu.Tests.Checkpoints;

/// <summary>Packs int4 weights [n, k] value by value, as AutoAWQ's <c>from_linear</c> does with tensors: the slow definition of each layout.</summary>
internal static class PackedOracle
{
    private static readonly int[] s_order = [0, 2, 4, 6, 1, 3, 5, 7];

    /// <summary>[k, n/8] words; nibble i is column 8c + order[i].</summary>
    public static byte[] Gemm(byte[] q, int n, int k) =>
        Words(k * n / 8, (word, i) => q[((((word % (n / 8)) * 8) + s_order[i]) * k) + (word / (n / 8))]);

    /// <summary>[n, ceil(k/8)] words in plain order, padded with 0; also of compressed-tensors.</summary>
    public static byte[] Rows(byte[] q, int n, int k)
    {
        int width = (k + 7) / 8;
        return Words(n * width, (word, i) =>
        {
            int column = (word % width * 8) + i;
            return column < k ? q[(word / width * k) + column] : (byte)0;
        });
    }

    /// <summary>16-bit words of <c>pack_intweight</c>: its reshapes and transpositions one after the other, as index arithmetic on blocks of 4 rows and 64 columns.</summary>
    public static byte[] GemvFast(byte[] q, int n, int k)
    {
        var bytes = new byte[n * k / 2];
        for (int quad = 0; quad < n / 4; quad++)
        {
            for (int block = 0; block < k / 64; block++)
            {
                var flat = new List<byte>();
                for (int row = 0; row < 4; row++)
                {
                    for (int half = 0; half < 2; half++)
                    {
                        int start = (((quad * 4) + row) * k) + (block * 64) + (half * 32);
                        var source = q.AsSpan(start, 32).ToArray();

                        // reshape(4, 4, 2).transpose(1, 0, 2), then each 8: reshape(4, 2).transpose(1, 0).
                        var first = new byte[32];
                        var second = new byte[32];
                        for (int i = 0; i < 32; i++)
                        {
                            first[(i / 2 % 4 * 8) + (i / 8 * 2) + (i % 2)] = source[i];
                        }

                        for (int i = 0; i < 32; i++)
                        {
                            second[(i / 8 * 8) + (i % 2 * 4) + (i % 8 / 2)] = first[i];
                        }

                        flat.AddRange(second);
                    }
                }

                for (int word = 0; word < 64; word++)
                {
                    int value = flat[4 * word] | (flat[(4 * word) + 1] << 4) | (flat[(4 * word) + 2] << 8) | (flat[(4 * word) + 3] << 12);
                    BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2 * ((quad * k) + (block * 64) + word)), (ushort)value);
                }
            }
        }

        return bytes;
    }

    /// <summary>[k/16, 2n] words: tiles of 16 by 16, each 1024 values permuted by <c>_get_perms</c>.</summary>
    public static byte[] Marlin(byte[] q, int n, int k)
    {
        var permutation = new List<int>();
        for (int i = 0; i < 32; i++)
        {
            var one = new List<int>();
            for (int block = 0; block < 2; block++)
            {
                foreach (int row in (int[])[2 * (i % 4), (2 * (i % 4)) + 1, 2 * ((i % 4) + 4), (2 * ((i % 4) + 4)) + 1])
                {
                    one.Add((16 * row) + (i / 4) + (8 * block));
                }
            }

            for (int j = 0; j < 4; j++)
            {
                permutation.AddRange(one.Select(p => p + (256 * j)));
            }
        }

        return Words(k * n / 8, (word, i) =>
        {
            int strip = word / (2 * n);
            int position = (word % (2 * n) * 8) + i;
            int inBlock = position % 1024;
            int source = permutation[(inBlock / 8 * 8) + s_order[inBlock % 8]];

            // Within the strip the values lie as [n / 16, 16 in features, 16 out features].
            int tile = (position / 1024 * 4) + (source / 256);
            return q[(((tile * 16) + (source % 16)) * k) + (strip * 16) + (source % 256 / 16)];
        });
    }

    private static byte[] Words(int count, Func<int, int, byte> nibble)
    {
        var bytes = new byte[count * 4];
        for (int word = 0; word < count; word++)
        {
            uint value = 0;
            for (int i = 0; i < 8; i++)
            {
                value |= (uint)nibble(word, i) << (4 * i);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * word), value);
        }

        return bytes;
    }
}
