using AwqIlgpu.Devices;

namespace AwqIlgpu.Tests.Devices;

public sealed class ExpertOrderTests
{
    [Theory]
    [InlineData(1, 3)]
    [InlineData(8, 100)]
    [InlineData(128, 7)]
    public void Sort_AnyChoice_IsAStableSortByExpert(int experts, int copies)
    {
        var random = new Random(copies);
        int[] chosen = [.. Enumerable.Range(0, copies).Select(_ => random.Next(experts))];
        int[] places = new int[copies];
        int[] starts = new int[experts + 1];
        ExpertOrder.Sort(chosen, places, starts);

        int[] order = [.. Enumerable.Range(0, copies).OrderBy(i => chosen[i])];
        Assert.Equal(Enumerable.Range(0, copies), order.Select(i => places[i]));
        Assert.Equal(Enumerable.Range(0, experts + 1).Select(e => chosen.Count(c => c < e)), starts);
    }
}
