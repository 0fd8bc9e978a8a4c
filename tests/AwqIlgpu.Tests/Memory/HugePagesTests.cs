using System.Globalization;
using System.Runtime.InteropServices;
using AwqIlgpu.Memory;

namespace AwqIlgpu.Tests.Memory;

public unsafe class HugePagesTests
{
    [Fact]
    public void Advise_IsKnownToTheSystemAsAdvice_WhereItHasSuchPages()
    {
        const int Bytes = 2 * HugePages.Size;
        byte* memory = (byte*)NativeMemory.AlignedAlloc(Bytes, HugePages.Size);
        HugePages.Advise(memory, Bytes);
        new Span<byte>(memory, Bytes).Fill(1);
        Assert.Equal(Directory.Exists("/sys/kernel/mm/transparent_hugepage"), Flags((nint)memory).Contains("hg"));
        NativeMemory.AlignedFree(memory);
    }

    /// <summary>The flags of the mapping that holds an address, see proc(5): "hg" is advice for huge pages.</summary>
    private static string[] Flags(nint address)
    {
        if (!OperatingSystem.IsLinux())
        {
            return [];
        }

        bool isHere = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words[0] is "VmFlags:" && isHere)
            {
                return words;
            }

            if (words[0].Split('-') is [var start, var end] && nint.TryParse(start, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out nint from))
            {
                isHere = from <= address && address < nint.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
        }

        return [];
    }
}
