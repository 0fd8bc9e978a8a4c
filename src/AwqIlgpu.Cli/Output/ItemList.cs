using System.Text.Json;

namespace AwqIlgpu.Cli.Output;

/// <summary>The results of a file's lines: a JSON object with <c>items</c>, or a line each.</summary>
internal static class ItemList
{
    public static void Write<T>(TextWriter output, bool json, IEnumerable<T> items, Action<Utf8JsonWriter, T> properties, Func<T, string> line)
    {
        if (!json)
        {
            foreach (var item in items)
            {
                output.WriteLine(line(item));
            }

            return;
        }

        Json.Write(output, writer =>
        {
            writer.WriteStartArray("items");
            foreach (var item in items)
            {
                writer.WriteStartObject();
                properties(writer, item);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }
}
