import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { selectBackend } from '@steadyformer/core';
import { loadParallelFiles } from '@steadyformer/translate/node';
import { hybrids } from './hybrids';

/** `npm run hybrids --workspace experiments -- --depth 12 --rate 0.002` */
const { values } = parseArgs({
  options: {
    depth: { type: 'string', default: '12' },
    width: { type: 'string', default: '64' },
    steps: { type: 'string', default: '300' },
    rate: { type: 'string', default: '0.002' },
    seed: { type: 'string', default: '1' },
  },
});
const numbers = Object.fromEntries(Object.entries(values).map(([name, text]) => [name, Number(text)]));
const { depth, width, steps, rate, seed } = numbers as Record<keyof typeof values, number>;

const part = (split: string) => {
  const at = (language: string): string =>
    fileURLToPath(new URL(`../../corpora/emoji-names-en-de/${split}.${language}`, import.meta.url));
  return loadParallelFiles({ source: at('en'), target: at('de') });
};

console.log((await selectBackend()).message);
console.log(`${depth}+${depth} blocks of width ${width}, ${steps} updates, rate ${rate}, no warm-up\n`);
await hybrids(await part('train'), await part('valid'), { depth, width, steps, rate, seed }, (result) => {
  const { architecture, perplexity, unigram, converged } = result;
  const verdict = converged ? 'converged' : 'failed';
  console.log(
    `${architecture.padEnd(34)}${verdict.padEnd(11)}perplexity ${perplexity.toFixed(2)} (unigram ${unigram.toFixed(1)})`,
  );
});
