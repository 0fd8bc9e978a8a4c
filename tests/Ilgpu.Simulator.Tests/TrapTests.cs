using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;
using ILGPU.Simulation;

namespace Ilgpu.Simulator.Tests;

/// <summary>What surprises with ILGPU 1.5.3, one test each.</summary>
public class TrapTests
{
    [Fact]
    public void CopySign_InKernel_IsRefused()
    {
        // ILGPU hands (x, y) to PTX's copysign, which takes the sign from the first operand.
        using var device = new Device();
        var exception = Assert.Throws<NotSupportedException>(() => device.Accelerator.LoadStreamKernel<ArrayView<float>>(UsesCopySign));
        Assert.Contains("CopySign", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void KernelParameter_StructOfBytes_ArrivesWhole()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<int>(5);
        device.Accelerator.LoadStreamKernel<byte, Bytes, ArrayView<int>, sbyte>(StoreBytes)(
            (1, 1), 200, new Bytes { First = 1, Second = 70000, Third = 255 }, y.View, -3);
        Assert.Equal([200, 1, 70000, 255, -3], y.GetAsArray1D());
    }

    [Theory]
    [InlineData(12 * 1024, true)]
    [InlineData((12 * 1024) + 1, false)]
    public void SharedMemory_48KiB_IsTheLimit(int floats, bool fits)
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<float>(1);
        var kernel = device.Accelerator.LoadStreamKernel<ArrayView<float>, int>(AllocatesShared);
        Assert.Equal(48 * 1024, device.Accelerator.MaxSharedMemoryPerGroup);
        if (fits)
        {
            kernel((1, 1), y.View, floats);
            Assert.Equal(floats * sizeof(float), device.Counters.SharedBytesAllocated);
        }
        else
        {
            var fault = Assert.Throws<SimulationException>(() => kernel((1, 1), y.View, floats));
            Assert.Equal(FaultKind.OutOfMemory, fault.Kind);
        }
    }

    [Fact]
    public void SharedMemory_StaticAndDynamicOver48KiB_IsRefused()
    {
        using var device = new Device();
        using var y = device.Accelerator.Allocate1D<float>(1);
        var kernel = device.Accelerator.LoadStreamKernel<ArrayView<float>, int>(AllocatesShared);
        var config = new KernelConfig(1, 1, SharedMemoryConfig.RequestDynamic<float>(1));
        Assert.Throws<SimulationException>(() => kernel(config, y.View, 12 * 1024));
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(2, false)]
    public void SubView_CastToVector_MustBeAligned(int start, bool isAligned)
    {
        using var device = new Device();
        using var x = device.Accelerator.Allocate1D(Enumerable.Range(0, 12).ToArray());
        using var y = device.Accelerator.Allocate1D<int>(4);
        var kernel = device.Accelerator.LoadStreamKernel<ArrayView<int>, ArrayView<int>>(LoadVector);
        if (isAligned)
        {
            kernel((1, 1), x.View.SubView(start, 4), y.View);
            Assert.Equal([4, 5, 6, 7], y.GetAsArray1D());
        }
        else
        {
            var fault = Assert.Throws<SimulationException>(() => kernel((1, 1), x.View.SubView(start, 4), y.View));
            Assert.Equal((FaultKind.Misaligned, 2L), (fault.Kind, fault.Index!.Value));
        }
    }

    [Theory]
    [InlineData(48, true)]
    [InlineData(64, false)]
    public void Cast_OnTheHost_MustStartAtAWholeElement(int start, bool isWhole)
    {
        // ILGPU counts a view's start in elements, and rounds down where it becomes one of larger elements.
        using var device = new Device();
        using var x = device.Accelerator.Allocate1D<byte>(128);
        var view = x.View.SubView(start, 24);
        if (isWhole)
        {
            Assert.Equal(2, view.BaseView.Cast<ThreeWords>().Length);
        }
        else
        {
            var exception = Assert.Throws<ArgumentOutOfRangeException>(() => view.BaseView.Cast<ThreeWords>());
            Assert.Contains("byte 60", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Shuffle_OpenCL_NeedsSubGroups(bool hasSubGroups)
    {
        using var device = new Device(AcceleratorType.OpenCL, new SimulatedDevice { HasSubGroups = hasSubGroups });
        var accelerator = Assert.IsType<CLAccelerator>(device.Accelerator);
        Assert.Equal(hasSubGroups, accelerator.Capabilities.SubGroups);
        using var y = accelerator.Allocate1D<int>(32);
        var kernel = accelerator.LoadStreamKernel<ArrayView<int>>(Shuffles);
        if (hasSubGroups)
        {
            kernel((1, 32), y.View);
            Assert.Equal(31, y.GetAsArray1D()[0]);
        }
        else
        {
            Assert.Throws<CapabilityNotSupportedException>(() => kernel((1, 32), y.View));
        }
    }

    [Fact]
    public void CPUDevice_Default_HasFourLanesAndGroupsOf16()
    {
        using var context = Context.Create(builder => builder.DefaultCPU());
        using var accelerator = context.CreateCPUAccelerator(0);
        Assert.Equal((4, 16), (accelerator.WarpSize, accelerator.MaxNumThreadsPerGroup));
        using var y = accelerator.Allocate1D<int>(32);
        Assert.Throws<ArgumentOutOfRangeException>(() => accelerator.LoadStreamKernel<ArrayView<int>>(Shuffles)((1, 32), y.View));
    }

    [Fact]
    public void CPUDevice_Nvidia_HasWarpsOf32()
    {
        using var context = Context.Create(builder => builder.CPU(CPUDevice.Nvidia));
        using var accelerator = context.GetPreferredDevice(preferCPU: true).CreateAccelerator(context);
        Assert.Equal((AcceleratorType.CPU, 32, 1024), (accelerator.AcceleratorType, accelerator.WarpSize, accelerator.MaxNumThreadsPerGroup));
    }

    [Fact]
    public void Context_Default_HasNoGpu()
    {
        using var context = Context.CreateDefault();
        Assert.Equal(0, context.GetCudaDevices().Count);
        Assert.Equal(0, context.GetCLDevices().Count);
        Assert.Equal(1, context.GetCPUDevices().Count);
    }

    [Fact]
    public void CudaAccelerator_Simulated_SaysItsArchitecture()
    {
        using var device = new Device(device: new SimulatedDevice { SmMajor = 7, SmMinor = 5 });
        var accelerator = Assert.IsType<CudaAccelerator>(device.Accelerator);
        Assert.True(accelerator.Architecture < CudaArchitecture.SM_80);
        Assert.Equal(CudaArchitecture.SM_75, accelerator.Capabilities.TargetArchitecture);
    }

    [Fact]
    public void Allocate1D_BeyondMemory_FailsAndFreesNothing()
    {
        using var device = new Device(device: new SimulatedDevice { MemorySize = 1000 });
        using (device.Accelerator.Allocate1D<byte>(900))
        {
            Assert.Throws<CudaException>(() => device.Accelerator.Allocate1D<byte>(101));
            device.Accelerator.Allocate1D<byte>(100).Dispose();
        }

        device.Accelerator.Allocate1D<byte>(1000).Dispose();
    }

    [Fact]
    public void Allocate1D_New_IsNotZero()
    {
        using var device = new Device();
        using var buffer = device.Accelerator.Allocate1D<float>(10);
        Assert.All(buffer.GetAsArray1D(), value => Assert.True(float.IsNaN(value)));
    }

    private static void UsesCopySign(ArrayView<float> y) => y[Group.IdxX] = MathF.CopySign(1, y[Group.IdxX]);

    private static void StoreBytes(byte first, Bytes bytes, ArrayView<int> y, sbyte last)
    {
        y[0] = first;
        y[1] = bytes.First;
        y[2] = bytes.Second;
        y[3] = bytes.Third;
        y[4] = last;
    }

    private static void AllocatesShared(ArrayView<float> y, int count)
    {
        var shared = SharedMemory.Allocate<float>(count);
        shared[count - 1] = 1;
        y[0] = shared[count - 1];
    }

    private static void LoadVector(ArrayView<int> x, ArrayView<int> y)
    {
        var vector = x.Cast<Int4>()[0];
        y[0] = vector.A;
        y[1] = vector.B;
        y[2] = vector.C;
        y[3] = vector.D;
    }

    private static void Shuffles(ArrayView<int> y) => y[Group.IdxX] = Warp.ShuffleXor(Group.IdxX, 31);

    private struct Bytes
    {
        public byte First;
        public int Second;
        public byte Third;
    }

    private struct Int4
    {
        public int A;
        public int B;
        public int C;
        public int D;
    }

    private struct ThreeWords
    {
        public int A;
        public int B;
        public int C;
    }
}
