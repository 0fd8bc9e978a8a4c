namespace AwqIlgpu;

/// <summary>Why an answer ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it with an end-of-sequence token.</summary>
    Stop,

    /// <summary>One of the caller's stop strings came up; it and what follows are cut off.</summary>
    StopString,

    /// <summary>The largest number of tokens or the end of the context was reached.</summary>
    Length,

    /// <summary>The caller cancelled it.</summary>
    Cancelled,

    /// <summary>It failed.</summary>
    Error,
}

/// <summary>The names of <see cref="FinishReason"/> in JSON.</summary>
public static class FinishReasonNames
{
    /// <summary>The name in JSON: stop (for <see cref="FinishReason.StopString"/> too), length, cancelled or error.</summary>
    /// <param name="reason">One of the named values.</param>
    /// <returns>The name, in lower case.</returns>
    /// <exception cref="ArgumentOutOfRangeException">Not one of the named values.</exception>
    public static string Name(this FinishReason reason) => reason switch
    {
        FinishReason.Stop or FinishReason.StopString => "stop",
        FinishReason.Length => "length",
        FinishReason.Cancelled => "cancelled",
        FinishReason.Error => "error",
        _ => throw new ArgumentOutOfRangeException(nameof(reason), reason, "Not a finish reason."),
    };
}
