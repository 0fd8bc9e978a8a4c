using System.Globalization;
using System.Reflection;
using AwqIlgpu;
using AwqIlgpu.Cli;
using AwqIlgpu.Cli.Output;
using AwqIlgpu.Gpu.Devices;
using AwqIlgpu.GpuBenchmarks;
using ILGPU.Runtime;

IlgpuDevices.Register();
try
{
    var arguments = Arguments.Parse(args);
    MeasureKernels(arguments);
    await MeasureModelsAsync(arguments).ConfigureAwait(false);
    return 0;
}
catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException or AcceleratorException)
{
    Console.Error.WriteLine($"awq-gpu-bench: {e.Message}");
    return 1;
}

static void MeasureKernels(Arguments arguments)
{
    using var open = OpenAccelerator.Open(arguments.Device);
    var accelerator = open.Accelerator;
    var timer = new LaunchTimer(accelerator.DefaultStream, arguments.Smoke);
    var peaks = Peaks.Measure(accelerator, timer, arguments.Smoke);
    using var cublas = Cublas.TryLoad(accelerator, out string why);
    Console.WriteLine($"# {accelerator.Name}\n");
    Console.WriteLine($"{accelerator.AcceleratorType}, {accelerator.NumMultiprocessors} multiprocessors, {ByteSize.Format(accelerator.MemorySize)}; .NET {Environment.Version}, ILGPU {typeof(Accelerator).Assembly.GetName().Version}, AwqIlgpu {typeof(LanguageModel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion}, {DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}.\n");
    Console.WriteLine($"Measured here: copy {KernelTable.Number(peaks.BytesPerSecond / 1e9)} GB/s, float {KernelTable.Number(peaks.FloatOperationsPerSecond / 1e12)} TFLOP/s, tensor cores {(peaks.TensorOperationsPerSecond is { } tensor ? KernelTable.Number(tensor / 1e12) + " TFLOP/s" : "none")}.");
    Console.WriteLine("The roofline is the longer of bytes at the copy's rate and operations at the best rate. Weights and KV caches change from launch to launch so that no cache holds them; row kernels meet the same rows again, which a cache may hold.");
    Console.WriteLine(cublas is null ? $"cuBLAS was not measured: {why}." : "cuBLAS has weights in fp16, not int4, and sums in fp16.");
    var table = new KernelTable(Console.Out, peaks);
    var products = new ProductWorks(accelerator, arguments.Smoke);
    var attention = new AttentionWorks(accelerator, arguments.Smoke);
    var rows = new RowWorks(accelerator, arguments.Smoke);
    foreach (var sizes in arguments.Smoke ? LayerSizes.Smoke : LayerSizes.All)
    {
        table.WriteHeading(sizes.Model);
        foreach (var work in products.Of(sizes).Concat(attention.Of(sizes)).Concat(rows.Of(sizes)))
        {
            double seconds = timer.Seconds(work.Launch);
            double? other = null;
            if (cublas is not null && work.Product is var (m, n, k))
            {
                using var memory = new DeviceMemory(accelerator, arguments.Smoke);
                other = timer.Seconds(cublas.Product(memory, m, n, k).Launch);
            }

            table.Write(work, seconds, other);
        }
    }
}

static async Task MeasureModelsAsync(Arguments arguments)
{
    foreach (var sizes in LayerSizes.All)
    {
        if (arguments.Smoke)
        {
            Console.WriteLine("\nModels end to end are left out of a smoke test.");
            return;
        }

        var measured = new List<BenchRow>();
        foreach (var (batch, prompt, generate) in ((int, int, int)[])[(1, 512, 128), (1, 4096, 128), (8, 512, 128)])
        {
            var options = new LanguageModelOptions { Device = arguments.Device };
            measured.Add(await new BenchRow(batch, prompt, generate).MeasureAsync(new ChosenModel(sizes.Shape!, WeightFormat.Awq), options, measured.Count == 0, new Progress<LoadProgress>(), CancellationToken.None).ConfigureAwait(false));
        }

        Console.WriteLine($"\n## {sizes.Model}, end to end, random weights\n");
        Console.Write(BenchTable.Markdown(measured));
    }
}
