// Measures llama.cpp, ONNX Runtime and AwqIlgpu on the same shapes, random weights, in turns; prints medians, and the medians of the rounds' own ratios, as Markdown:
// a machine whose memory or clock changes from minute to minute does so for both sides of a round.
//   node perf/peers/compare.mjs [--rounds 5] [--threads 2] [--only products|tinyllama-1.1b|mistral-7b] [--folder SCRATCH]
import {execFileSync} from "node:child_process";
import {existsSync, mkdirSync, writeFileSync} from "node:fs";
import {cpus, tmpdir} from "node:os";
import {dirname, join} from "node:path";
import {fileURLToPath} from "node:url";
import {parseArgs} from "node:util";
import {writeGguf} from "./gguf.mjs";
import {writeMatMul} from "./onnx.mjs";

const {values: options} = parseArgs({options: {
  rounds: {type: "string", default: "5"}, threads: {type: "string", default: String(cpus().length)}, only: {type: "string"}, folder: {type: "string", default: join(tmpdir(), "awq-peers")},
}});
const versions = {"node-llama-cpp": "3.22.1", "onnxruntime-node": "1.30.0"};
const shapes = {
  "tinyllama-1.1b": {hidden: 2048, layers: 22, intermediate: 5632, heads: 32, kvHeads: 4, vocabulary: 32000},
  "mistral-7b": {hidden: 4096, layers: 32, intermediate: 14336, heads: 32, kvHeads: 8, vocabulary: 32000},
};
const products = [[4096, 4096], [4096, 14336]];
const productRows = [1, 8, 64, 512];
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const modules = join(options.folder, "node_modules");
const rounds = +options.rounds;

install();
build();
console.log(`${cpus()[0].model}, ${options.threads} threads, ${new Date().toISOString().slice(0, 10)}, commit ${run("git", ["-C", root, "rev-parse", "--short", "HEAD"]).trim()}; ` +
  `medians of ${rounds} rounds in turns; ${Object.entries(versions).map(v => v.join(" ")).join(", ")}.\n`);
if (wanted("products")) compareProducts();
for (const [name, shape] of Object.entries(shapes)) if (wanted(name)) compareModels(name, shape);

function compareProducts() {
  console.log("| int4 product, group 128 | rows | ONNX Runtime, ms | ours, ms | ours/theirs, speed |\n|---|--:|--:|--:|--:|");
  for (const [k, n] of products) {
    const model = join(options.folder, `${k}x${n}.onnx`);
    if (!existsSync(model)) writeMatMul(model, k, n);
    const theirs = [], ours = [];
    for (let round = 0; round < rounds; round++) {
      ours.push(json("dotnet", [join(options.folder, "bin/AwqIlgpu.Benchmarks.dll"), "product", k, n, options.threads, ...productRows]));
      theirs.push(json("node", [join(here, "onnxruntime.mjs"), modules, model, k, n, options.threads, ...productRows]));
    }
    for (const m of productRows) {
      const [a, b] = [theirs.map(t => t[m]), ours.map(t => t[m])];
      console.log(`| ${k} x ${n} | ${m} | ${median(a).toFixed(2)} | ${median(b).toFixed(2)} | ${median(a.map((ms, i) => ms / b[i])).toFixed(2)} |`);
    }
  }
  console.log();
}

function compareModels(name, shape) {
  const bench = (batch, lengths, generate, ...more) => json("dotnet", [join(options.folder, "bin/AwqIlgpu.Cli.dll"), "bench", "--shape", name,
    "--batch", batch, "--lengths", lengths, "--generate", generate, "--threads", options.threads, "--json", ...more]).rows;
  const results = {bandwidth: [], short: [], long: [], q4_0: [], q4_1: [], batch: [], exact: []};
  for (const type of ["q4_0", "q4_1"]) {
    const model = join(options.folder, `${name}-${type}.gguf`);
    if (!existsSync(model)) writeGguf(model, shape, type);
  }

  for (let round = 0; round < rounds; round++) {
    results.bandwidth.push(json("dotnet", [join(options.folder, "bin/AwqIlgpu.Benchmarks.dll"), "read", options.threads]).gigabytes_per_s);
    const [short, long] = bench(1, "512,4096", 64);
    results.short.push(short);
    results.long.push(long);
    results.q4_0.push(peer("q4_0"));
    results.batch.push(...bench(8, "64", 64));
    results.exact.push(...bench(1, "512", 1, "--precision", "exact"));
    results.q4_1.push(peer("q4_1"));
  }

  const prefills = name => results[name].map(r => r.prefill_tokens_per_s), decodes = name => results[name].map(r => r.decode_tokens_per_s);
  const read = decodes("short").map(rate => rate * stepBytes(shape, 512 + 64 / 2) / 1e9);
  console.log(`| ${name} | theirs | ours | ours/theirs |\n|---|--:|--:|--:|`);
  row("prefill 512, tokens/s, against llama.cpp Q4_0", prefills("q4_0"), prefills("short"));
  row("prefill 512 against Q4_1", prefills("q4_1"), prefills("short"));
  row("decode 64 against Q4_0", decodes("q4_0"), decodes("short"));
  row("`exact` prefill 512 against Q4_0", prefills("q4_0"), prefills("exact"));
  row("decode, GB/s, against a plain read of memory", results.bandwidth, read);
  row("prefill 4096 against prefill 512", prefills("short"), prefills("long"));
  row("batch 8 decode against batch 1", decodes("short"), decodes("batch"));
  console.log();

  function peer(type) {
    return json("node", [join(here, "llamacpp.mjs"), modules, join(options.folder, `${name}-${type}.gguf`), 512, 64, options.threads]);
  }
}

// What a step for one token reads: int4 weights with an fp16 scale and half a byte of zero point for 128; the head in 8 bits, with two such pairs, the scales
// in fp32; keys and values of the context in fp16.
function stepBytes({hidden, layers, intermediate, heads, kvHeads, vocabulary}, context) {
  const kvWidth = kvHeads * (hidden / heads);
  const weights = layers * (2 * hidden * hidden + 2 * hidden * kvWidth + 3 * hidden * intermediate);
  return weights * (0.5 + 2.5 / 128) + hidden * vocabulary * (1 + 2 * 4.5 / 128) + 2 * layers * kvWidth * context * 2;
}

function install() {
  mkdirSync(options.folder, {recursive: true});
  if (Object.keys(versions).every(name => existsSync(join(modules, name)))) return;
  writeFileSync(join(options.folder, "package.json"), "{}");
  // Scripts would only fetch libraries for GPUs; the processor's are in the packages.
  run("npm", ["install", "--prefix", options.folder, "--ignore-scripts", "--no-audit", "--no-fund", ...Object.entries(versions).map(v => v.join("@"))]);
}

function build() {
  for (const project of ["src/AwqIlgpu.Cli", "perf/AwqIlgpu.Benchmarks"]) {
    run("dotnet", ["publish", join(root, project), "-c", "Release", "-o", join(options.folder, "bin"), "-v", "q", "--nologo"]);
  }
}

function wanted(part) { return !options.only || options.only === part; }
function row(what, theirs, ours) {
  console.log(`| ${what} | ${median(theirs).toFixed(1)} | ${median(ours).toFixed(1)} | ${median(ours.map((value, i) => value / theirs[i])).toFixed(2)} |`);
}
function run(command, args) { return execFileSync(command, args.map(String), {encoding: "utf8", stdio: ["ignore", "pipe", "inherit"], maxBuffer: 1 << 26}); }
function json(command, args) {
  const text = execFileSync(command, args.map(String), {encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26}).trim();
  return JSON.parse(text.startsWith("{") ? text : text.split("\n").at(-1));
}
function median(items) { const sorted = items.toSorted((a, b) => a - b); return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2; }
