using AwqIlgpu.Generation;

namespace AwqIlgpu.Tests.Generation;

public sealed class TokenStreamTests
{
    /// <summary>A failure after a token is the request's failure, not that token's end, however late the caller reads.</summary>
    [Fact]
    public async Task NextAsync_FailedAfterAToken_GivesTheTokenThenThrows()
    {
        var sequence = new Sequence([1, 2], 4, null!, default);
        using var stream = new TokenStream(sequence, null, []);
        sequence.Append(7, -1);
        sequence.Finish(new InvalidDataException("the step failed"));

        var token = await stream.NextAsync(default);

        Assert.Equal(7, token?.Id);
        Assert.Null(token?.FinishReason);
        var exception = await Assert.ThrowsAsync<InvalidDataException>(async () => await stream.NextAsync(default));
        Assert.Equal("the step failed", exception.Message);
    }

    [Fact]
    public async Task NextAsync_ModelDisposedAfterAToken_IsCancelled()
    {
        var sequence = new Sequence([1, 2], 4, null!, default);
        using var stream = new TokenStream(sequence, null, []);
        sequence.Append(7, -1);
        sequence.Finish();

        await stream.NextAsync(default);

        await Assert.ThrowsAsync<OperationCanceledException>(async () => await stream.NextAsync(default));
    }

    [Fact]
    public async Task NextAsync_LastToken_CarriesItsReason()
    {
        var sequence = new Sequence([1, 2], 1, null!, default);
        using var stream = new TokenStream(sequence, null, []);
        sequence.Append(7, -1);
        sequence.Finish();

        Assert.Equal(FinishReason.Length, (await stream.NextAsync(default))?.FinishReason);
        Assert.Null(await stream.NextAsync(default));
    }
}
