using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AwqIlgpu.Quantization;

/// <summary>The folder beside the output in which a run collects its parts until all are there; a run that is ended at any moment can go on from it.</summary>
/// <remarks>
/// After each layer: first the hidden states that go into the next one, then the layer's part, each written under another name, flushed and renamed. So the
/// hidden states of the first layer without a part are always there. The result is made in a folder inside and gets its name last.
/// </remarks>
internal sealed class PartialRun : IDisposable
{
    private const string Ending = ".partial";
    private const string SettingsFile = "settings.sha256";
    private const string LockFile = "lock";

    private readonly string _output;
    private readonly string _folder;
    private readonly SafeFileHandle _lock;

    private PartialRun(string output, string folder, SafeFileHandle @lock)
    {
        _output = output;
        _folder = folder;
        _lock = @lock;
        while (File.Exists(LayerPath(FinishedLayers)))
        {
            FinishedLayers++;
        }
    }

    /// <summary>Layers whose parts are written.</summary>
    public int FinishedLayers { get; private set; }

    /// <summary>Where the result is put together.</summary>
    public string ResultFolder => Path.Combine(_folder, "result");

    /// <summary>Starts a run, or opens one that was interrupted; after <see cref="Check"/>, which leaves no trace where it refuses.</summary>
    /// <param name="output">The folder that the result will be.</param>
    /// <param name="settings">A digest of all that the result depends on.</param>
    /// <param name="resume">Whether to go on with an interrupted run, if there is one.</param>
    /// <exception cref="IOException">The output exists, an unfinished run is there and is not to be resumed, or another process works on it.</exception>
    /// <exception cref="InvalidDataException">The interrupted run had other settings.</exception>
    public static PartialRun Open(string output, string settings, bool resume)
    {
        output = Whole(output);
        string folder = output + Ending;
        Directory.CreateDirectory(folder);
        var handle = File.OpenHandle(Path.Combine(folder, LockFile), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            // Under the lock: another process may have been here since the caller asked.
            Check(output, settings, resume);
            string settingsPath = Path.Combine(folder, SettingsFile);
            if (!File.Exists(settingsPath))
            {
                // Parts without settings are of a run that was being removed; nobody knows what they hold.
                RemoveLeftovers(folder);
                WriteWhole(settingsPath, System.Text.Encoding.ASCII.GetBytes(settings));
            }

            return new PartialRun(output, folder, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Starts a run; what an interrupted one with the same settings has left is removed.</summary>
    /// <param name="output">The folder that the result will be.</param>
    /// <param name="settings">As for <see cref="Open"/>.</param>
    /// <exception cref="IOException">The output exists, or another process works on it.</exception>
    /// <exception cref="InvalidDataException">The interrupted run had other settings.</exception>
    public static PartialRun OpenAnew(string output, string settings)
    {
        Check(output, settings, resume: true);
        var run = Open(output, settings, resume: true);
        RemoveLeftovers(run._folder);
        run.FinishedLayers = 0;
        return run;
    }

    /// <summary>Throws where <see cref="Open"/> would, and writes nothing.</summary>
    /// <exception cref="IOException">The output exists, or an unfinished run is there and is not to be resumed.</exception>
    /// <exception cref="InvalidDataException">The interrupted run had other settings.</exception>
    public static void Check(string output, string settings, bool resume)
    {
        output = Whole(output);
        if (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any()))
        {
            throw new IOException($"{output} exists and is not empty; choose another output or remove it.");
        }

        string folder = output + Ending;
        string settingsPath = Path.Combine(folder, SettingsFile);
        if (!File.Exists(settingsPath))
        {
            return;
        }

        if (!resume)
        {
            throw new IOException($"{folder} holds an unfinished run; add --resume to go on with it, or remove it.");
        }

        if (File.ReadAllText(settingsPath) != settings)
        {
            throw new InvalidDataException($"{folder} holds an unfinished run with another source, other settings or another calibration text; repeat those, or remove it to start anew.");
        }
    }

    /// <summary>Bytes that an unfinished run has on the disk; 0 where there is none.</summary>
    public static long BytesOf(string output)
    {
        var folder = new DirectoryInfo(Whole(output) + Ending);
        return folder.Exists ? folder.EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length) : 0;
    }

    /// <summary>Throws where the disk has less room than a run needs.</summary>
    /// <exception cref="IOException">It has.</exception>
    public static void RequireSpace(string output, long neededBytes, long freeBytes)
    {
        if (freeBytes < neededBytes)
        {
            throw new IOException($"{output}: the disk has {ByteSize.Format(freeBytes)} free; the run needs {ByteSize.Format(neededBytes)}, the result twice and activations of the calibration tokens. Free some, or choose another disk.");
        }
    }

    /// <summary>The part of a layer.</summary>
    public string LayerPath(int layer) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"layer-{layer:00000}.safetensors"));

    /// <summary>The report of a layer.</summary>
    public string ReportPath(int layer) => Path.ChangeExtension(LayerPath(layer), ".json");

    /// <summary>Start of the names of files for activations that memory has no room for.</summary>
    public string SpillPath => Path.Combine(_folder, "activations-");

    /// <summary>The part of the tensors outside of the layers.</summary>
    public string OtherPath => Path.Combine(_folder, "other.safetensors");

    /// <summary>Reads the hidden states that go into the first layer without a part.</summary>
    /// <returns>False where the run is at its start.</returns>
    public bool TryReadHidden(SequenceRows hidden)
    {
        if (FinishedLayers == 0)
        {
            return false;
        }

        using var file = File.OpenRead(HiddenPath(FinishedLayers));
        for (int sequence = 0; sequence < hidden.Sequences; sequence++)
        {
            file.ReadExactly(MemoryMarshal.AsBytes(hidden.Overwrite(sequence)));
            hidden.Keep();
        }

        return true;
    }

    /// <summary>Finishes a layer.</summary>
    /// <param name="layer">Which.</param>
    /// <param name="tensors">Its part.</param>
    /// <param name="next">The hidden states that go into the next layer; null after the last, and where none are needed.</param>
    public void Finish(int layer, IReadOnlyList<Packing.PackedTensor> tensors, SequenceRows? next)
    {
        if (next is not null)
        {
            string path = HiddenPath(layer + 1);
            using (var file = new FileStream(path + ".tmp", FileMode.Create))
            {
                for (int sequence = 0; sequence < next.Sequences; sequence++)
                {
                    file.Write(MemoryMarshal.AsBytes(next.Span(sequence)));
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(path + ".tmp", path, overwrite: true);
        }

        CheckpointFolder.WritePart(LayerPath(layer), tensors);
        FinishedLayers = layer + 1;
        File.Delete(HiddenPath(layer));
    }

    /// <summary>Empties <see cref="ResultFolder"/>, for the result to be put together there.</summary>
    public void BeginResult()
    {
        if (Directory.Exists(ResultFolder))
        {
            Directory.Delete(ResultFolder, recursive: true);
        }

        Directory.CreateDirectory(ResultFolder);
    }

    /// <summary>Gives the result its name and removes everything else.</summary>
    public void Complete()
    {
        if (Directory.Exists(_output))
        {
            Directory.Delete(_output);
        }

        Directory.Move(ResultFolder, _output);
        Abandon();
    }

    /// <summary>Removes all parts.</summary>
    public void Abandon()
    {
        // First of all, so that whatever an end of the process leaves is known for a leftover.
        File.Delete(Path.Combine(_folder, SettingsFile));
        _lock.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _lock.Dispose();

    private static string Whole(string output) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));

    private static void RemoveLeftovers(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder).Where(path => Path.GetFileName(path) is not (LockFile or SettingsFile)).ToList())
        {
            File.Delete(path);
        }
    }

    private static void WriteWhole(string path, byte[] bytes)
    {
        File.WriteAllBytes(path + ".tmp", bytes);
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private string HiddenPath(int layer) => Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"hidden-{layer:00000}.bin"));
}
