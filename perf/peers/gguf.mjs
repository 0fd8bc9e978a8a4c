// Writes a llama model of random weights as GGUF: the same arithmetic and bytes as a real one, and no download.
// Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
import {closeSync, openSync, writeSync} from "node:fs";
import {randomBytes} from "node:crypto";

const blockBytes = {q4_0: 18, q4_1: 20};
const tensorType = {f32: 0, q4_0: 2, q4_1: 3};

// shape: {hidden, layers, intermediate, heads, kvHeads, vocabulary}; type: "q4_0" or "q4_1".
export function writeGguf(path, shape, type) {
  const {hidden, layers, intermediate, heads, kvHeads, vocabulary} = shape;
  const headDim = hidden / heads;
  const file = openSync(path, "w");
  const tokens = ["<unk>", "<s>", "</s>"];
  for (let i = 0; i < 256; i++) tokens.push(`<0x${i.toString(16).toUpperCase().padStart(2, "0")}>`);
  while (tokens.length < vocabulary) tokens.push(`t${tokens.length}`);

  const metadata = [
    ["general.architecture", text("llama")],
    ["general.file_type", u32(type === "q4_0" ? 2 : 3)],
    ["llama.context_length", u32(8192)],
    ["llama.embedding_length", u32(hidden)],
    ["llama.block_count", u32(layers)],
    ["llama.feed_forward_length", u32(intermediate)],
    ["llama.attention.head_count", u32(heads)],
    ["llama.attention.head_count_kv", u32(kvHeads)],
    ["llama.attention.layer_norm_rms_epsilon", f32(1e-5)],
    ["llama.rope.freq_base", f32(10000)],
    ["llama.rope.dimension_count", u32(headDim)],
    ["llama.vocab_size", u32(vocabulary)],
    ["tokenizer.ggml.model", text("llama")],
    ["tokenizer.ggml.tokens", array(8, tokens.map(string))],
    ["tokenizer.ggml.scores", array(6, tokens.map((_, i) => float(-i)))],
    ["tokenizer.ggml.token_type", array(5, tokens.map((_, i) => int(i === 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1)))],
    ["tokenizer.ggml.bos_token_id", u32(1)],
    ["tokenizer.ggml.eos_token_id", u32(2)],
    ["tokenizer.ggml.unknown_token_id", u32(0)],
  ];

  const tensors = [["token_embd.weight", [hidden, vocabulary], type], ["output_norm.weight", [hidden], "f32"], ["output.weight", [hidden, vocabulary], type]];
  for (let i = 0; i < layers; i++) {
    const linear = {attn_q: [hidden, hidden], attn_k: [hidden, kvHeads * headDim], attn_v: [hidden, kvHeads * headDim], attn_output: [hidden, hidden],
      ffn_gate: [hidden, intermediate], ffn_up: [hidden, intermediate], ffn_down: [intermediate, hidden]};
    for (const [name, dims] of Object.entries(linear)) tensors.push([`blk.${i}.${name}.weight`, dims, type]);
    for (const name of ["attn_norm", "ffn_norm"]) tensors.push([`blk.${i}.${name}.weight`, [hidden], "f32"]);
  }

  let offset = 0;
  const directory = tensors.map(([name, dims, tensor]) => {
    const entry = Buffer.concat([string(name), int(dims.length), ...dims.map(long), int(tensorType[tensor]), long(offset)]);
    offset += aligned(bytesOf(dims, tensor));
    return entry;
  });
  const header = Buffer.concat([
    Buffer.from("GGUF"), int(3), long(tensors.length), long(metadata.length), ...metadata.map(([key, value]) => Buffer.concat([string(key), value])), ...directory]);
  write(header);

  const quantised = randomBlocks(type);
  for (const [, dims, tensor] of tensors) {
    let left = bytesOf(dims, tensor);
    if (tensor === "f32") {
      write(Buffer.concat(Array.from({length: left / 4}, () => float(1))));
      continue;
    }

    const whole = aligned(left);
    for (; left > 0; left -= quantised.length) writeSync(file, quantised, 0, Math.min(left, quantised.length));
    writeSync(file, Buffer.alloc(whole - bytesOf(dims, tensor)));
  }

  closeSync(file);

  function write(bytes) {
    writeSync(file, bytes);
    writeSync(file, Buffer.alloc(aligned(bytes.length) - bytes.length));
  }
}

function randomBlocks(type) {
  const size = blockBytes[type], count = 1 << 18;
  const bytes = randomBytes(count * size);
  for (let i = 0; i < count; i++) {
    bytes.writeUInt16LE(0x1d1f, i * size); // 0.005 in fp16
    if (type === "q4_1") bytes.writeUInt16LE(0xa8cd, i * size + 2); // -0.0375
  }
  return bytes;
}

const bytesOf = (dims, tensor) => {
  const count = dims.reduce((a, b) => a * b, 1);
  return tensor === "f32" ? count * 4 : count / 32 * blockBytes[tensor];
};
const aligned = bytes => Math.ceil(bytes / 32) * 32;
const int = value => { const b = Buffer.alloc(4); b.writeInt32LE(value); return b; };
const float = value => { const b = Buffer.alloc(4); b.writeFloatLE(value); return b; };
const long = value => { const b = Buffer.alloc(8); b.writeBigUInt64LE(BigInt(value)); return b; };
const string = value => Buffer.concat([long(Buffer.byteLength(value)), Buffer.from(value)]);
const u32 = value => Buffer.concat([int(4), int(value)]);
const f32 = value => Buffer.concat([int(6), float(value)]);
const text = value => Buffer.concat([int(8), string(value)]);
const array = (type, items) => Buffer.concat([int(9), int(type), long(items.length), ...items]);
