using System.Collections.Immutable;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;

namespace ILGPU;

/// <summary>Holds the devices; the first thing to create and the last to dispose.</summary>
public sealed class Context : IDisposable
{
    private Context(ImmutableArray<Device> devices) => Devices = devices;

    public ImmutableArray<Device> Devices { get; }

    public static Builder Create() => new();

    public static Context Create(Action<Builder> buildingCallback)
    {
        var builder = Create();
        buildingCallback(builder);
        return builder.ToContext();
    }

    public static Context CreateDefault() => Create(builder => builder.Default());

    public TDevice GetDevice<TDevice>(int deviceIndex)
        where TDevice : Device => GetDevices<TDevice>()[deviceIndex];

    public DeviceCollection<TDevice> GetDevices<TDevice>()
        where TDevice : Device => new([.. Devices.OfType<TDevice>()]);

    public Device GetPreferredDevice(bool preferCPU) => GetPreferredDevices(preferCPU, false).First();

    public IEnumerable<Device> GetPreferredDevices(bool preferCPU, bool matchingDevicesOnly) => Devices
        .Where(device => !matchingDevicesOnly || preferCPU == (device.AcceleratorType == AcceleratorType.CPU))
        .OrderBy(device => preferCPU == (device.AcceleratorType == AcceleratorType.CPU) ? 0 : 1);

    public ImmutableArray<Device>.Enumerator GetEnumerator() => Devices.GetEnumerator();

    public void Dispose()
    {
    }

    /// <summary>Collects the devices of a context.</summary>
    public sealed class Builder
    {
        private readonly List<Device> _devices = [];

        internal Builder()
        {
        }

        public Builder Default() => AllAccelerators();

        public Builder AllAccelerators() => this.DefaultCPU();

        public Builder AllAccelerators(Predicate<Device> predicate)
        {
            AllAccelerators();
            _devices.RemoveAll(device => !predicate(device));
            return this;
        }

        public Builder Math(MathMode mathMode) => this;

        public Builder Optimize(OptimizationLevel level) => this;

        public Builder Assertions() => this;

        public Builder Profiling() => this;

        public Builder LibDevice() => this;

        public Context ToContext() => new([.. _devices]);

        internal void Add(Device device) => _devices.Add(device);
    }

    /// <summary>The devices of one kind.</summary>
    public readonly ref struct DeviceCollection<TDevice>
        where TDevice : Device
    {
        private readonly TDevice[] _devices;

        internal DeviceCollection(TDevice[] devices) => _devices = devices;

        public int Count => _devices.Length;

        public TDevice this[int deviceIndex] => _devices[deviceIndex];

        public Enumerator GetEnumerator() => new(_devices);

        public ref struct Enumerator
        {
            private readonly TDevice[] _devices;
            private int _index = -1;

            internal Enumerator(TDevice[] devices) => _devices = devices;

            public readonly TDevice Current => _devices[_index];

            public bool MoveNext() => ++_index < _devices.Length;
        }
    }
}

#pragma warning disable CA1069 // ILGPU gives some levels two names.
public enum OptimizationLevel
{
    Debug = 0,
    O0 = 0,
    Release = 1,
    O1 = 1,
    O2 = 2,
}
#pragma warning restore CA1069

public enum MathMode
{
    Default = 0,
    Fast = 1,
    Fast32BitOnly = 2,
}
