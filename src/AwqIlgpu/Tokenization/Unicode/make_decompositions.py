"""Writes UnicodeDecompositions.Data.cs: every decomposition and combining class that Python's unicodedata knows.

Usage: python3 make_decompositions.py > UnicodeDecompositions.Data.cs
Per code point in order: its distance from the last one, its combining class, the number of code points of its
canonical decomposition (one step; 255 marks one that is never composed again, then the number follows), of its
compatibility decomposition (one step), then those code points; all as variable-length integers of 7 bits, low first.
Hangul syllables are left out: they follow from arithmetic. Deflated, then base64.
"""
import base64
import unicodedata
import zlib


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


raw, last = bytearray(), 0
for point in range(0x110000):
    if 0xAC00 <= point <= 0xD7A3 or 0xD800 <= point <= 0xDFFF:
        continue
    character = chr(point)
    combining, text = unicodedata.combining(character), unicodedata.decomposition(character)
    if not text and not combining:
        continue
    compatible = text.startswith("<")
    points = [int(part, 16) for part in text.split() if not part.startswith("<")]
    raw += varint(point - last) + varint(combining)
    if not compatible and len(points) == 2 and unicodedata.normalize("NFC", character) != character:
        raw += varint(255)
    raw += varint(0 if compatible else len(points)) + varint(len(points) if compatible else 0)
    raw += b"".join(varint(part) for part in points)
    last = point
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
text = base64.b64encode(packer.compress(bytes(raw)) + packer.flush()).decode()
print(f"""namespace AwqIlgpu.Tokenization.Unicode;

/// <content>Written by make_decompositions.py from Unicode {unicodedata.unidata_version}; the script says how it is packed.</content>
internal static partial class UnicodeDecompositions
{{
    private const string PackedData =""")
lines = [text[i:i + 160] for i in range(0, len(text), 160)]
print("\n".join(f'        "{line}"{";" if i == len(lines) - 1 else " +"}' for i, line in enumerate(lines)))
print("}")
