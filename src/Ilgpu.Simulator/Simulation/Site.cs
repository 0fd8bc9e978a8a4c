using System.Collections.Concurrent;
using System.Reflection;
using System.Reflection.Metadata;

namespace ILGPU.Simulation;

/// <summary>A place in a kernel's code: a method and an IL offset in it, which the debug symbols turn into a line.</summary>
internal readonly record struct Site(MethodBase Method, int Offset)
{
    private static readonly ConcurrentDictionary<Assembly, MetadataReaderProvider?> s_symbols = [];

    /// <summary>File and line, or the method and the offset where there are no symbols.</summary>
    public override string ToString()
    {
        var symbols = s_symbols.GetOrAdd(Method.Module.Assembly, OpenSymbols);
        if (symbols is not null)
        {
            var reader = symbols.GetMetadataReader();
            var handle = System.Reflection.Metadata.Ecma335.MetadataTokens.MethodDebugInformationHandle(Method.MetadataToken & 0xFFFFFF);
            var best = default(SequencePoint);
            foreach (var point in reader.GetMethodDebugInformation(handle).GetSequencePoints())
            {
                if (!point.IsHidden && point.Offset <= Offset)
                {
                    best = point;
                }
            }

            if (!best.Document.IsNil)
            {
                return $"{Path.GetFileName(reader.GetString(reader.GetDocument(best.Document).Name))}:{best.StartLine}";
            }
        }

        return $"{Method.Name}+IL_{Offset:x4}";
    }

    private static MetadataReaderProvider? OpenSymbols(Assembly assembly)
    {
        string path = Path.ChangeExtension(assembly.Location, ".pdb");
        return File.Exists(path) ? MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(path), MetadataStreamOptions.PrefetchMetadata) : null;
    }
}
