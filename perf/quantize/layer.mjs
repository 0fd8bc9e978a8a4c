// Times `awq quantize` on one layer of Mistral-7B's sizes with random weights, and says what 32 of them would take.
//   node perf/quantize/layer.mjs [--samples 128] [--sequence 512] [--group-size 128] [--folder SCRATCH]
import {execFileSync} from "node:child_process";
import {randomFillSync} from "node:crypto";
import {closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync} from "node:fs";
import {cpus, tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {parseArgs} from "node:util";

const {values: options} = parseArgs({options: {
  samples: {type: "string", default: "128"}, sequence: {type: "string", default: "512"}, "group-size": {type: "string", default: "128"}, folder: {type: "string", default: join(tmpdir(), "awq-layer")},
}});
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const layersOf7B = 32;
const shape = {hidden: 4096, intermediate: 14336, heads: 32, kvHeads: 8, vocabulary: 1024};
const headDim = shape.hidden / shape.heads;
const one = 0x3f80; // in bf16

mkdirSync(options.folder, {recursive: true});
const ids = join(options.folder, "ids.jsonl");
writeIds();
const source = join(options.folder, "source"), result = join(options.folder, "result");
rmSync(result, {recursive: true, force: true});
writeModel(source);
const report = JSON.parse(execFileSync("dotnet", ["run", "-c", "Release", "--project", join(root, "src/AwqIlgpu.Cli"), "--", "quantize", source, result,
  "--calibration", ids, "--samples", options.samples, "--sequence", options.sequence, "--group-size", options["group-size"], "--json"], {maxBuffer: 1 << 26, stdio: ["ignore", "pipe", "ignore"]}));
if (report.foreign_calibration) throw new Error("The model does not know its text; nothing was fitted.");
const [seconds] = report.layer_seconds;
console.log(`${cpus()[0].model}, ${cpus().length} threads: ${seconds.toFixed(0)} s for a layer of Mistral-7B's sizes with ${options.samples} x ${options.sequence} tokens, ` +
  `peak ${(report.process_peak_bytes / 2 ** 30).toFixed(2)} GiB; extrapolated, ${layersOf7B} layers: ${(seconds * layersOf7B / 3600).toFixed(1)} h.`);
rmSync(options.folder, {recursive: true, force: true});

// Runs of consecutive ids: what the model below predicts, since the quantiser fits nothing to text that a model does not know.
function writeIds() {
  const lines = [];
  for (let i = 0; i < +options.samples; i++) {
    lines.push(JSON.stringify({token_ids: Array.from({length: +options.sequence}, (_, at) => (37 * i + at) % shape.vocabulary)}));
  }
  writeFileSync(ids, lines.join("\n") + "\n");
}

// Random bf16 numbers of a size that keeps sums of them about as large as their inputs; the head's row of a token is the embedding of the one before.
function writeModel(folder) {
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, "config.json"), JSON.stringify({
    architectures: ["MistralForCausalLM"], model_type: "mistral", hidden_act: "silu", hidden_size: shape.hidden, intermediate_size: shape.intermediate, num_hidden_layers: 1,
    num_attention_heads: shape.heads, num_key_value_heads: shape.kvHeads, head_dim: headDim, vocab_size: shape.vocabulary, max_position_embeddings: 32768, rms_norm_eps: 1e-5,
    rope_theta: 10000, sliding_window: null, tie_word_embeddings: false, torch_dtype: "bfloat16"}));
  const tensors = [["model.embed_tokens.weight", shape.vocabulary, shape.hidden], ["lm_head.weight", shape.vocabulary, shape.hidden], ["model.norm.weight", shape.hidden]];
  const layer = "model.layers.0";
  for (const norm of ["input_layernorm", "post_attention_layernorm"]) tensors.push([`${layer}.${norm}.weight`, shape.hidden]);
  for (const [name, rows] of [["q_proj", shape.hidden], ["k_proj", shape.kvHeads * headDim], ["v_proj", shape.kvHeads * headDim], ["o_proj", shape.hidden]]) {
    tensors.push([`${layer}.self_attn.${name}.weight`, rows, shape.hidden]);
  }
  for (const name of ["gate_proj", "up_proj"]) tensors.push([`${layer}.mlp.${name}.weight`, shape.intermediate, shape.hidden]);
  tensors.push([`${layer}.mlp.down_proj.weight`, shape.hidden, shape.intermediate]);

  let offset = 0;
  const header = {};
  for (const [name, ...sizes] of tensors) {
    const bytes = 2 * sizes.reduce((a, b) => a * b);
    header[name] = {dtype: "BF16", shape: sizes, data_offsets: [offset, offset += bytes]};
  }
  const text = Buffer.from(JSON.stringify(header).padEnd(Math.ceil(JSON.stringify(header).length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = openSync(join(folder, "model.safetensors"), "w");
  writeSync(file, length);
  writeSync(file, text);
  const embedding = random(shape.vocabulary * shape.hidden, one);
  for (const [name, ...sizes] of tensors) {
    if (name === "model.embed_tokens.weight") {
      write(file, embedding);
    } else if (name === "lm_head.weight") {
      write(file, embedding.subarray(embedding.length - shape.hidden));
      write(file, embedding.subarray(0, embedding.length - shape.hidden));
    } else {
      // 1 / 64 is one over the root of 4096 features; norms are all 1.
      for (let left = sizes.reduce((a, b) => a * b); left > 0; left -= 1 << 22) {
        const count = Math.min(left, 1 << 22);
        write(file, sizes.length === 1 ? new Uint16Array(count).fill(one) : random(count, one - (6 << 7)));
      }
    }
  }
  closeSync(file);
}

// Sign and fraction at random behind one exponent.
function random(count, exponent) {
  const words = new Uint16Array(count);
  for (let at = 0; at < words.byteLength; at += 65536) randomFillSync(new Uint8Array(words.buffer, at, Math.min(65536, words.byteLength - at)));
  for (let i = 0; i < count; i++) words[i] = words[i] & 0x807f | exponent;
  return words;
}

function write(file, words) {
  writeSync(file, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
}
