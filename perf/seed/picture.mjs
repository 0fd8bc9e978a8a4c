// Puts the runs of Mistral-7B at batch 5 beside what AutoAWQ's user published: a table on standard output, and a picture of peak memory over the prompt's length.
//   node perf/seed/picture.mjs AWQ.json FP16.json WHOLE.json PICTURE.svg
// The files are what `awq bench --shape mistral-7b --batch 5 --json` printed: int4 weights, fp16 weights, and 4096 + 4096 tokens once; "-" for one that was not run.
import {existsSync, readFileSync, writeFileSync} from "node:fs";

const [awq, fp16, whole] = process.argv.slice(2, 5).map(file => existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).rows : []);
const picture = process.argv[5];
const gib = 2 ** 30;
const lengths = [32, 64, 128, 256, 512, 1024, 2048, 4096];
const batch = 5, heads = 32, vocabulary = 32000, cardGib = 22;

// github.com/casper-hansen/AutoAWQ/issues/381, an A10G, as many tokens generated as prompted: FP16 by row, its 92 % at 4096, and AWQ's 20 % at 32 and its end.
const publishedFp16 = {32: 14.12, 64: 14.12, 128: 14.20, 256: 14.39, 512: 14.79, 4096: 0.92 * cardGib};
const publishedAwq = {32: `${(0.2 * cardGib).toFixed(1)}`, 4096: "out of memory"};

// What AutoAWQ's 4-bit model holds at once: weights, keys and values of prompt and answer in fp16, scores of all pairs of positions
// (a copy in fp16, two in fp32), logits of every position (fp16 and fp32).
const weights = 3.87 * gib;
const kvBytesPerToken = 128 * 1024;
const computedAwq = length => (weights + batch * (2 * length * kvBytesPerToken + 10 * heads * length ** 2 + 6 * length * vocabulary)) / gib;

const at = (rows, length) => rows.find(row => row.prompt === length);
const sizes = row => row ? `${(row.planned_peak_bytes / gib).toFixed(2)} / ${(row.measured_peak_bytes / gib).toFixed(2)} / ${(row.process_peak_bytes / gib).toFixed(2)}` : "";
const speeds = row => row ? `${row.prefill_tokens_per_s.toFixed(1)} / ${row.decode_tokens_per_s.toFixed(1)}` : "";

console.log("| prompt | AutoAWQ FP16, published, GiB | AutoAWQ 4-bit, published | the same, computed, GiB | ours int4: planned / measured / process, GiB | prefill / decode, tokens/s | ours fp16: planned / measured / process, GiB | prefill / decode, tokens/s |");
console.log("|--:|--:|--:|--:|--:|--:|--:|--:|");
for (const length of lengths) {
  console.log(`| ${[length, publishedFp16[length]?.toFixed(2) ?? "", publishedAwq[length] ?? "", computedAwq(length).toFixed(2), sizes(at(awq, length)), speeds(at(awq, length)), sizes(at(fp16, length)), speeds(at(fp16, length))].join(" | ")} |`);
}
for (const row of whole) console.log(`| ${row.prompt} + ${row.generate} | | | | ${sizes(row)} | ${speeds(row)} | | |`);

const width = 860, height = 440, left = 56, right = 24, top = 40, bottom = 48, most = 40;
const x = length => left + (width - left - right) * Math.log2(length / lengths[0]) / Math.log2(lengths.at(-1) / lengths[0]);
const y = value => height - bottom - (height - top - bottom) * value / most;
const shapes = [];
const text = (at, to, value, more = "") => shapes.push(`<text x="${at.toFixed(1)}" y="${to.toFixed(1)}" ${more}>${value}</text>`);
const line = (points, more) => shapes.push(`<polyline fill="none" points="${points.map(p => p.map(v => v.toFixed(1)).join()).join(" ")}" ${more}/>`);
const dots = (points, colour, more = "") => points.forEach(p => shapes.push(`<circle cx="${p[0].toFixed(1)}" cy="${p[1].toFixed(1)}" r="4" fill="${colour}" ${more}/>`));

for (let value = 0; value <= most; value += 10) {
  line([[left, y(value)], [width - right, y(value)]], 'stroke="#ddd"');
  text(left - 8, y(value) + 4, value, 'text-anchor="end"');
}
for (const length of lengths) text(x(length), height - bottom + 18, length, 'text-anchor="middle"');
text(width / 2, height - 8, "prompt tokens of each of 5 sequences", 'text-anchor="middle"');
text(left - 40, 22, "Mistral-7B, peak memory in GiB");
line([[left, y(cardGib)], [width - right, y(cardGib)]], 'stroke="#555" stroke-dasharray="6 4"');
text(left + 8, y(cardGib) - 6, "22 GiB, the card of the published run");

const steps = 4;
const between = Array.from({length: steps * (lengths.length - 1) + 1}, (_, i) => lengths[0] * 2 ** (i / steps));
line(between.map(l => [x(l), y(computedAwq(l))]), 'stroke="#c0392b" stroke-width="2" stroke-dasharray="3 3"');
text(x(4096) - 8, y(computedAwq(4096)) + 4, "AutoAWQ 4-bit: computed; published: out of memory", 'text-anchor="end" fill="#c0392b"');
dots(Object.entries(publishedFp16).map(([l, v]) => [x(+l), y(v)]), "#888");
text(x(32) + 10, y(14.12) - 10, "AutoAWQ FP16, published", 'fill="#666"');
for (const [rows, colour, name, labelAt] of [[fp16, "#7fb3d5", "ours, fp16 weights, under 22GiB", 12], [awq, "#1f618d", "ours, int4, under 10GiB: line planned, dots measured", 2]]) {
  if (rows.length === 0) continue;
  line(rows.map(row => [x(row.prompt), y(row.planned_peak_bytes / gib)]), `stroke="${colour}" stroke-width="2.5"`);
  dots(rows.map(row => [x(row.prompt), y(row.measured_peak_bytes / gib)]), colour);
  text(x(64), y(labelAt), name, `fill="${colour}"`);
}
for (const row of whole) {
  dots([[x(row.prompt), y(row.measured_peak_bytes / gib)]], "#fff", 'stroke="#1f618d" stroke-width="2.5"');
  text(x(row.prompt) - 10, y(row.measured_peak_bytes / gib) - 8, `${row.prompt} + ${row.generate} tokens`, 'text-anchor="end" fill="#1f618d"');
}

writeFileSync(picture, `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="13">\n<rect width="100%" height="100%" fill="#fff"/>\n${shapes.join("\n")}\n</svg>\n`);
