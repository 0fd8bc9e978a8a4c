// One run of ONNX Runtime: node onnxruntime.mjs MODULES MODEL.onnx K N THREADS M...; prints the median milliseconds of a product for each M.
import {pathToFileURL} from "node:url";

const [modules, model, k, n, threads, ...rows] = process.argv.slice(2);
const {default: ort} = await import(pathToFileURL(`${modules}/onnxruntime-node/dist/index.js`));
const session = await ort.InferenceSession.create(model, {intraOpNumThreads: +threads, executionProviders: ["cpu"]});
const result = {};
for (const m of rows.map(Number)) {
  const input = new ort.Tensor("float32", Float32Array.from({length: m * k}, (_, i) => (i * 7919 % 1000) / 1000 - 0.5), [m, +k]);
  const output = new ort.Tensor("float32", new Float32Array(m * n), [m, +n]);
  const times = [];
  for (let spent = 0; spent < 500 || times.length < 5;) {
    const start = performance.now();
    await session.run({A: input}, {Y: output});
    times.push(performance.now() - start);
    spent += times.at(-1);
  }
  times.sort((a, b) => a - b);
  result[m] = times[times.length >> 1];
}
console.log(JSON.stringify(result));
