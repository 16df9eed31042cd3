import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { wanted } from '../arguments';
import type { DecodeCase, DecodeOptions, DecodeSize } from '../children/decode';
import type { Competitor } from '../harness/competitor';
import { measure } from '../harness/measure';
import { absences, summarize } from '../harness/summary';
import { root, torchPython } from '../paths';
import { duration, type Table, withSpread } from '../table';
import { nodeChild, threadText } from './competitors';
import type { Suite } from './suite';

const cores = availableParallelism();

const sizeOf = (quick: boolean): DecodeSize =>
  quick
    ? {
        ...{ width: 64, feedForward: 128, heads: 1, depth: 1, vocabulary: 200 },
        ...{ sentences: 4, sourceTokens: 6, length: 8 },
      }
    : {
        ...{ width: 256, feedForward: 1024, heads: 4, depth: 6, vocabulary: 8000 },
        ...{ sentences: 32, sourceTokens: 24, length: 32 },
      };

const casesOf = ({ sentences }: DecodeSize): DecodeCase[] => [
  { name: 'beam 5', beamSize: 5, sentences },
  { name: 'greedy', beamSize: 1, sentences },
  { name: 'beam 5, one sentence', beamSize: 5, sentences: 1 },
];

const CTRANSLATE2 = `CTranslate2, ${threadText(cores)}`;

const ctranslate2 = (options: DecodeOptions, threads: number): Competitor => {
  const program = process.env.STEADYFORMER_CTRANSLATE2_PYTHON ?? torchPython;
  const args = [join(root, 'python', 'decode.py'), JSON.stringify({ ...options, threads })];
  const common = { name: `CTranslate2, ${threadText(threads)}`, program, args };
  return existsSync(program) ? common : { ...common, skip: `no Python with ctranslate2 at ${program}` };
};

/** Decoding without a trained model: weights are random, of the same shapes, and every sentence gets the longest length. */
export const decode: Suite = {
  name: 'decode',
  about: 'beam and greedy decoding of a 6+6-layer Transformer: ours and CTranslate2',
  children: ['decode'],
  run: async ({ args, log, start, program }) => {
    const size = sizeOf(args.quick);
    const cases = casesOf(size);
    const options: DecodeOptions = { size, cases };
    const file = program('decode');
    const threads = cores > 1 ? [cores, 1] : [1];
    const competitors = [
      ...threads.map((count) =>
        nodeChild(`ours, ${threadText(count)}`, file, options, { STEADYFORMER_THREADS: String(count) }),
      ),
      ...threads.map((count) => ctranslate2(options, count)),
    ].filter(({ name }) => wanted(args.only, name));
    const names = cases.map(({ name }) => name);
    const outcomes = await measure({ title: 'decode', cases: names, competitors }, { ...args, log }, start);
    const { width, depth, vocabulary, sourceTokens, length } = size;
    const table: Table = {
      title: `decode: ${depth}+${depth} layers, d=${width}, V=${vocabulary}, ${sourceTokens} tokens in, ${length} out, random weights`,
      columns: [
        'case',
        'competitor',
        'time',
        'tokens/s',
        'tokens a CPU second',
        `speed x ${CTRANSLATE2} (16-84 %)`,
      ],
      rows: cases.flatMap(({ name: caseName, sentences }) =>
        summarize(outcomes, caseName, CTRANSLATE2).map(({ name, seconds, cpuSeconds, speedup }, i) => {
          const { facts } = outcomes.find((outcome) => outcome.name === name)!;
          const said = (facts.tokens as Record<string, number> | undefined)?.[caseName] ?? sentences * length;
          const rates = [said / seconds, said / cpuSeconds].map((rate) => rate.toFixed(0));
          return [
            i === 0 ? caseName : '',
            name,
            duration(seconds),
            ...rates,
            speedup ? withSpread(speedup) : '',
          ];
        }),
      ),
      notes: absences(outcomes),
    };
    return { tables: [table], data: { size, outcomes } };
  },
};
