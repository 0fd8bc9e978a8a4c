namespace AwqIlgpu;

/// <summary>A run does not fit its memory cap; nothing was allocated.</summary>
public sealed class BudgetExceededException : Exception
{
    internal BudgetExceededException(string message, MemoryPlan smallest)
        : base(message)
    {
        Smallest = smallest;
    }

    /// <summary>The plan that needs least among those that keep to the settings asked for; its <see cref="MemoryPlan.ProcessBytes"/> is the smallest cap that works.</summary>
    public MemoryPlan Smallest { get; }
}
