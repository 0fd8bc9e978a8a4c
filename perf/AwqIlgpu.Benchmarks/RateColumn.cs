using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace AwqIlgpu.Benchmarks;

/// <summary>A method's work per second: its <see cref="WorkAttribute"/> over the mean time.</summary>
internal sealed class RateColumn : IColumn
{
    public string Id => nameof(RateColumn);

    public string ColumnName => "Rate";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Work per second: billions of multiply-adds, or gigabytes";

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        summary[benchmarkCase]?.ResultStatistics is { } statistics && benchmarkCase.Descriptor.WorkloadMethod.GetCustomAttribute<WorkAttribute>() is { } work
            ? string.Create(CultureInfo.InvariantCulture, $"{work.Factors.Aggregate(work.Amount, (amount, factor) => amount * (int)benchmarkCase.Parameters[factor]) / (statistics.Mean * 1e-9):0.0} {work.Unit}/s")
            : "-";
}
