// tiny.try.ts
import { train } from "@steadyformer/translate/node";
var c = "/work/main/corpora/libreoffice-help-en-de/";
var stop = new AbortController();
process.on("SIGINT", () => stop.abort());
var r = await train({
  output: process.argv[2],
  replicas: Number(process.argv[4] ?? 1),
  backend: process.argv[5] ?? "auto",
  data: { train: { source: c + "train.en", target: c + "train.de" }, valid: { source: c + "valid.en", target: c + "valid.de" }, test: { source: c + "test.en", target: c + "test.de" } },
  vocabulary: { merges: 1e3 },
  batches: { maxTokens: 1024 },
  model: { width: 64, depth: 2, feedForward: 128 },
  optimizer: { peak: 4e-3, schedule: { name: "inverseSqrt", warmup: 20 } },
  training: { updates: Number(process.argv[3]) },
  validation: { every: 20, bleu: true, sentences: 20 },
  checkpoints: { every: 10 },
  decoding: { beamSize: 1 }
}, { signal: stop.signal, onEvent: (e) => {
  if (e.event !== "progress") console.log(JSON.stringify(e).slice(0, 300));
} });
console.log(JSON.stringify(r).slice(0, 500));
