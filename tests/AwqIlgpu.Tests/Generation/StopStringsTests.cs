using AwqIlgpu.Generation;
using FsCheck;
using FsCheck.Fluent;

namespace AwqIlgpu.Tests.Generation;

public class StopStringsTests
{
    [Fact]
    public void Feed_StopAcrossPieces_CutsBeforeIt()
    {
        var stops = new StopStrings(["</s>", "User:"]);
        Assert.Equal("Hello ", stops.Feed("Hello <"));
        Assert.Equal("<", stops.Feed("</"));
        Assert.Equal("", stops.Feed("s"));
        Assert.Null(stops.Match);
        Assert.Equal("", stops.Feed("> more"));
        Assert.Equal("</s>", stops.Match);
        Assert.Equal("", stops.Feed("User:"));
        Assert.Equal("", stops.Finish());
    }

    [Fact]
    public void Feed_StopInsideALongerOne_FirstEndWinsAndTextBeforeItIsShown()
    {
        var stops = new StopStrings(["abcd", "bc"]);
        Assert.Equal("x", stops.Feed("xab"));
        Assert.Equal("a", stops.Feed("cd"));
        Assert.Equal("bc", stops.Match);
    }

    [Fact]
    public void Feed_TwoEndTogether_LongerIsCut()
    {
        var stops = new StopStrings(["c", "abc"]);
        Assert.Equal("x", stops.Feed("xabcy"));
        Assert.Equal("abc", stops.Match);
    }

    [Fact]
    public void Feed_NoStops_PassesEverything()
    {
        var stops = new StopStrings([]);
        Assert.Equal("text", stops.Feed("text"));
        Assert.Equal("", stops.Finish());
    }

    [Fact]
    public void Finish_HeldText_IsGivenBack()
    {
        var stops = new StopStrings(["\n\nUser"]);
        Assert.Equal("end", stops.Feed("end\n\nUs"));
        Assert.Equal("\n\nUs", stops.Finish());
    }

    [Fact]
    public void Constructor_EmptyStop_Throws() => Assert.Throws<ArgumentException>(() => new StopStrings(["a", ""]));

    [Fact]
    public void Feed_AnyTextStopsAndCuts_SameAsSearchingTheWholeText() =>
        Prop.ForAll<bool[], NonEmptyArray<NonEmptyArray<bool>>, byte>((letters, stopLetters, pieceSeed) =>
        {
            // Two letters, so that borders and overlaps are frequent.
            string text = Letters(letters);
            string[] stops = [.. stopLetters.Get.Select(stop => Letters(stop.Get))];
            var random = new Random(pieceSeed);
            var matcher = new StopStrings(stops);
            string shown = "";
            for (int start = 0; start < text.Length;)
            {
                int length = random.Next(0, Math.Min(4, text.Length - start) + 1);
                shown += matcher.Feed(text.Substring(start, length));
                start += length;
                var (expectedShown, expectedMatch) = Definition(text[..start], stops);
                if (shown != expectedShown || matcher.Match != expectedMatch)
                {
                    return false;
                }
            }

            shown += matcher.Finish();
            return matcher.Match is not null || shown == text;
        }).QuickCheckThrowOnFailure();

    private static string Letters(bool[] bits) => string.Concat(bits.Select(bit => bit ? 'a' : 'b'));

    // What is shown after all of the text, and the match, by trying every place.
    private static (string Shown, string? Match) Definition(string text, string[] stops)
    {
        for (int end = 1; end <= text.Length; end++)
        {
            string? match = stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length);
            if (match is not null)
            {
                return (text[..(end - match.Length)], match);
            }
        }

        int held = Enumerable.Range(0, text.Length + 1).Last(length => stops.Any(stop => stop.StartsWith(text[(text.Length - length)..], StringComparison.Ordinal)));
        return (text[..(text.Length - held)], null);
    }
}
