// One run of llama.cpp: node llamacpp.mjs MODULES MODEL.gguf PROMPT GENERATE THREADS; prints prefill and decode in tokens/s.
import {pathToFileURL} from "node:url";

const [modules, model, prompt, generate, threads] = process.argv.slice(2);
const {getLlama} = await import(pathToFileURL(`${modules}/node-llama-cpp/dist/index.js`));
const llama = await getLlama({gpu: false, build: "never", logLevel: "error", progressLogs: false, maxThreads: +threads});
const loaded = await llama.loadModel({modelPath: model});
const context = await loaded.createContext({contextSize: +prompt + +generate + 8, batchSize: 512, threads: +threads, flashAttention: true});
const sequence = context.getSequence();
const tokens = [1, ...Array.from({length: +prompt - 1}, (_, i) => 300 + ((i + 1) * 7919) % 20000)];
await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(0, 32));
await sequence.clearHistory();

const start = performance.now();
await sequence.evaluateWithoutGeneratingNewTokens(tokens);
const read = performance.now();
let count = 0;
for await (const _ of sequence.evaluate([400], {temperature: 0, topK: 1, yieldEogToken: true})) if (++count >= +generate) break;
const end = performance.now();
console.log(JSON.stringify({prefill_tokens_per_s: +prompt / (read - start) * 1e3, decode_tokens_per_s: count / (end - read) * 1e3}));
process.exit(0);
