using System.Reflection;
using System.Text.RegularExpressions;
using AwqIlgpu.Gpu.Kernels;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using Xunit.Abstractions;

namespace AwqIlgpu.Gpu.Tests.Ptx;

/// <summary>What ILGPU makes of the kernels for CUDA, without a GPU.</summary>
public class PtxTests(ITestOutputHelper output)
{
    private const BindingFlags Kernel = BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public;

    private static readonly Type s_eightRows = typeof(TwiceRows<TwiceRows<TwiceRows<OneRow>>>);

    public static TheoryData<string, string> Kernels
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string architecture in new[] { nameof(CudaArchitecture.SM_75), nameof(CudaArchitecture.SM_80), nameof(CudaArchitecture.SM_90) })
            {
                // The tensor cores' instructions begin with Ampere.
                foreach (string name in Methods().Keys.Where(name => architecture != nameof(CudaArchitecture.SM_75) || !name.StartsWith(nameof(TensorGemmKernel), StringComparison.Ordinal)))
                {
                    data.Add(name, architecture);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Kernels))]
    public void Compile_EachKernel_KeepsEverythingInRegisters(string name, string architectureName)
    {
        string ptx = Compile(Methods()[name], (CudaArchitecture)typeof(CudaArchitecture).GetField(architectureName)!.GetValue(null)!);
        output.WriteLine($"{name} {architectureName}: {Count(ptx, @"ld\.global[.\w]*v4")} v4 and {Count(ptx, @"ld\.global[.\w]*v2")} v2 loads of {Count(ptx, @"ld\.global")}, {Count(ptx, @"ld\.shared[.\w]*v4")} of {Count(ptx, @"ld\.shared")} shared, {Count(ptx, "\n")} lines");
        if (name.StartsWith(nameof(TensorGemmKernel), StringComparison.Ordinal))
        {
            // ILGPU passes what inline PTX changes through local memory, at fixed places, which the driver's compiler may keep in registers.
            Assert.Matches(@"mma\.sync\.aligned\.m16n8k16", ptx);
            return;
        }

        Assert.DoesNotContain(".local", ptx, StringComparison.Ordinal);
        if (name.Contains("Gemv", StringComparison.Ordinal) || name.Contains("Gemm", StringComparison.Ordinal))
        {
            Assert.Matches(@"ld\.global[.\w]*v4", ptx);
            Assert.Matches(@"ld\.shared[.\w]*v4", ptx);
        }

        if (name.Contains("Attention", StringComparison.Ordinal) && !name.Contains("Merge", StringComparison.Ordinal))
        {
            Assert.Matches(@"ld\.global[.\w]*v2", ptx);
        }
    }

    private static int Count(string text, string pattern) => Regex.Count(text, pattern);

    private static Dictionary<string, MethodInfo> Methods()
    {
        var methods = new Dictionary<string, MethodInfo>();
        void Add(Type type, string name, params Type[] arguments)
        {
            var method = type.GetMethod(name, Kernel)!;
            methods.Add($"{type.Name}.{name}{(arguments.Length > 0 ? " " + arguments[0].Name : "")}{(type.IsGenericType ? " " + type.GenericTypeArguments[0].Name : "")}", arguments.Length > 0 ? method.MakeGenericMethod(arguments) : method);
        }

        Add(typeof(Int4GemvKernel), "PanelPerWarp", typeof(OneRow));
        Add(typeof(Int4GemvKernel), "PanelPerWarp", s_eightRows);
        Add(typeof(SplitSumKernel), "ThreadPerRow");
        Add(typeof(GemmKernel<Int4TileWeights>), "GroupPerTile");
        Add(typeof(GemmKernel<FloatTileWeights>), "GroupPerTile");
        Add(typeof(FloatGemvKernel), "FourRowsPerWarp", typeof(OneRow));
        Add(typeof(FloatGemvKernel), "FourRowsPerWarp", s_eightRows);
        Add(typeof(RmsNormKernel), "GroupPerSegment");
        Add(typeof(LayerNormKernel), "GroupPerSegment");
        Add(typeof(ActivationKernel), "ThreadPerElement");
        Add(typeof(EmbeddingKernel), "ThreadPerElement");
        Add(typeof(RowsKernel), "GatherElement");
        Add(typeof(RowsKernel), "AddElement");
        Add(typeof(RopeKernel), "RotateAndStore");
        Add(typeof(RopeKernel), "RotateAndRound");
        Add(typeof(AttentionKernel), "GroupPerRows", typeof(OneRow));
        Add(typeof(AttentionKernel), "GroupPerRows", s_eightRows);
        Add(typeof(AttentionMergeKernel), "GroupPerHead");
        Add(typeof(RoutingKernel), "GroupPerToken");
        Add(typeof(ExpertOrderKernel), "OneGroup");
        Add(typeof(ExpertGemmKernel), "FewRows", typeof(OneRow));
        Add(typeof(ExpertGemmKernel), "FewRows", s_eightRows);
        Add(typeof(ExpertGemmKernel), "ManyRows", typeof(Int4TileWeights));
        Add(typeof(ExpertGemmKernel), "ManyRows", typeof(FloatTileWeights));
        Add(typeof(TopTokensKernel), "GroupPerPart");
        Add(typeof(TopTokensKernel), "GroupPerRow");
        Add(typeof(TensorGemmKernel), "GroupPerTile");
        return methods;
    }

    private static string Compile(MethodInfo kernel, CudaArchitecture architecture)
    {
        using var context = Context.Create(builder => builder.EnableAlgorithms().Optimize(OptimizationLevel.O2));
        using var backend = new PTXBackend(context, architecture, CudaInstructionSet.ISA_78, null!);
        return ((PTXCompiledKernel)backend.Compile(EntryPointDescription.FromExplicitlyGroupedKernel(kernel), KernelSpecialization.Empty)).PTXAssembly;
    }
}
