// Writes an ONNX model of one MatMulNBits node (int4, block 128, zero points, accuracy level 4) with random weights.
// Formats: onnx.proto3; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.MatMulNBits
import {writeFileSync} from "node:fs";
import {randomBytes} from "node:crypto";

const block = 128;

export function writeMatMul(path, k, n) {
  const blocks = k / block;
  const scales = Buffer.alloc(n * blocks * 4);
  for (let i = 0; i < n * blocks; i++) scales.writeFloatLE(0.005, i * 4);
  const node = message([
    [1, "A"], [1, "B"], [1, "scales"], [1, "zero_points"], [2, "Y"], [3, "product"], [4, "MatMulNBits"], [7, "com.microsoft"],
    ...Object.entries({K: k, N: n, bits: 4, block_size: block, accuracy_level: 4}).map(([name, value]) => [5, message([[1, name], [3, value], [20, 2]])]),
  ]);
  const graph = message([
    [1, node], [2, "g"],
    [5, tensor("B", 2, [n, blocks, block / 2], randomBytes(n * k / 2))],
    [5, tensor("scales", 1, [n * blocks], scales)],
    [5, tensor("zero_points", 2, [n * Math.ceil(blocks / 2)], randomBytes(n * Math.ceil(blocks / 2)))],
    [11, valueInfo("A", k)], [12, valueInfo("Y", n)],
  ]);
  writeFileSync(path, message([[1, 8], [7, graph], [8, message([[1, ""], [2, 17]])], [8, message([[1, "com.microsoft"], [2, 1]])]]));
}

const tensor = (name, type, dims, data) => message([...dims.map(d => [1, d]), [2, type], [8, name], [9, data]]);
const valueInfo = (name, columns) => message([[1, name], [2, message([[1, message([[1, 1], [2, message([[1, message([[2, "M"]])], [1, message([[1, columns]])]])]])]])]]);

// Fields of a protobuf message: numbers as varints, everything else with its length.
function message(fields) {
  return Buffer.concat(fields.flatMap(([field, value]) => {
    if (typeof value === "number") return [varint(field << 3), varint(value)];
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    return [varint((field << 3) | 2), varint(bytes.length), bytes];
  }));
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}
