import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { wanted } from '../arguments';
import type { DecodeCase, DecodeOptions, DecodeSize, DecodeTask } from '../children/decode';
import type { PrepareDecode } from '../children/prepareDecode';
import type { Competitor } from '../harness/competitor';
import { measure, type Outcome } from '../harness/measure';
import { lastWords } from '../harness/start';
import { absences, summarize } from '../harness/summary';
import { root, torchPython, workFolder } from '../paths';
import { duration, megabytes, type Table, withSpread } from '../table';
import { nodeChild, threadText } from './competitors';
import { corpusFiles } from './corpusFiles';
import type { Suite, SuiteContext } from './suite';

const cores = availableParallelism();

const sizeOf = (quick: boolean): DecodeSize =>
  quick
    ? { ...{ width: 64, feedForward: 128, heads: 1, depth: 1 }, merges: 100, sentences: 4, length: 8 }
    : { ...{ width: 256, feedForward: 1024, heads: 4, depth: 6 }, merges: 7800, sentences: 500, length: 32 };

/** Writes a model in the form of each competitor, and sentences. */
const prepare = ({ args, program }: SuiteContext): { readonly file: string; readonly task: DecodeTask } => {
  const { train, valid } = corpusFiles(args.data);
  const folder = join(workFolder, 'decode');
  mkdirSync(folder, { recursive: true });
  const request: PrepareDecode = {
    ...{ size: sizeOf(args.quick), folder },
    ...(args.model === undefined ? {} : { model: resolve(process.env.INIT_CWD ?? '.', args.model) }),
    ...{ text: [train.source, train.target], sources: valid.source },
  };
  const child = spawnSync(process.execPath, [program('prepareDecode'), JSON.stringify(request)], {
    encoding: 'utf8',
  });
  if (child.status !== 0) throw new Error(`preparing the model: ${lastWords(child.stderr)}`);
  const file = join(folder, 'task.json');
  return { file, task: JSON.parse(readFileSync(file, 'utf8')) as DecodeTask };
};

const casesOf = (sentences: number): DecodeCase[] => [
  { name: 'beam 5', beamSize: 5, sentences },
  { name: 'greedy', beamSize: 1, sentences },
  { name: 'beam 5, one sentence', beamSize: 5, sentences: 1 },
];

const LIBRARIES = {
  ctranslate2: {
    name: 'CTranslate2',
    python: process.env.STEADYFORMER_CTRANSLATE2_PYTHON ?? torchPython,
  },
  transformers: { name: 'Transformers', python: torchPython },
} as const;

const RIVAL = `CTranslate2, ${threadText(cores)}`;

/** How another program shares the work: threads of one translator, or translators of one thread. */
interface How {
  readonly threads: number;
  readonly translators?: number;
}

const library = (
  key: keyof typeof LIBRARIES,
  options: DecodeOptions,
  { threads, translators = 1 }: How,
): Competitor => {
  const { name, python } = LIBRARIES[key];
  const request = { ...options, library: key, threads, translators };
  const args = [join(root, 'python', 'decode.py'), JSON.stringify(request)];
  const shared = translators > 1 ? `${translators} translators` : threadText(threads);
  const type = options.computeType === undefined ? '' : `, ${options.computeType}`;
  const common = { name: `${name}, ${shared}${type}`, program: python, args };
  return existsSync(python) ? common : { ...common, skip: `no Python with ${key} at ${python}` };
};

const OURS = 'ours, ';

const IN_BYTES = 'int8';

/** Throws where ours does not say the same on replicas as without. */
const checkSame = (cases: readonly DecodeCase[], outcomes: readonly Outcome[]): void => {
  const ours = outcomes.filter(
    ({ name, facts }) => name.startsWith(OURS) && !name.endsWith(IN_BYTES) && facts.digests !== undefined,
  );
  for (const { name } of cases) {
    const said = ours.map(({ facts }) => (facts.digests as Record<string, string>)[name]);
    const other = said.findIndex((digest) => digest !== said[0]);
    if (other < 1) continue;
    throw new Error(`decode, ${name}: '${ours[other]!.name}' says other tokens than '${ours[0]!.name}'`);
  }
};

const tableOf = (
  title: string,
  cases: readonly DecodeCase[],
  outcomes: readonly Outcome[],
  notes: readonly string[],
): Table => ({
  title,
  columns: [
    ...['case', 'competitor', 'time', 'tokens', 'tokens/s', 'tokens a CPU second'],
    ...[`speed x ${RIVAL} (16-84 %)`, 'peak RSS'],
  ],
  rows: cases.flatMap(({ name: caseName }) =>
    summarize(outcomes, caseName, RIVAL).map(({ name, seconds, cpuSeconds, speedup }, i) => {
      const { facts, peakBytes } = outcomes.find((outcome) => outcome.name === name)!;
      const said = (facts.tokens as Record<string, number>)[caseName]!;
      return [
        ...[i === 0 ? caseName : '', name, duration(seconds), String(said)],
        ...[said / seconds, said / cpuSeconds].map((rate) => rate.toFixed(0)),
        ...[speedup ? withSpread(speedup) : '', peakBytes === undefined ? '' : megabytes(peakBytes)],
      ];
    }),
  ),
  notes: [...notes, ...absences(outcomes)],
});

/** Translation by one model, in the form of each program. */
export const decode: Suite = {
  name: 'decode',
  about:
    'beam and greedy search with one model: ours, on threads and on replicas, CTranslate2 and Transformers',
  children: ['decode', 'prepareDecode', 'translatorThread'],
  budget: 600,
  run: async (context) => {
    const { args, log, start, program } = context;
    log('decode: preparing');
    const { file: task, task: content } = prepare(context);
    const cases = casesOf(content.texts.length);
    const options: DecodeOptions = { task, cases };
    const inBytes: DecodeOptions = { ...options, computeType: IN_BYTES };
    const threads = cores > 1 ? [cores, 1] : [1];
    const competitors = [
      ...threads.map((count) =>
        nodeChild(`${OURS}${threadText(count)}`, program('decode'), options, {
          STEADYFORMER_THREADS: String(count),
        }),
      ),
      nodeChild(`${OURS}${cores} replicas`, program('decode'), { ...options, replicas: cores }),
      nodeChild(`${OURS}${cores} replicas, ${IN_BYTES}`, program('decode'), {
        ...inBytes,
        replicas: cores,
      }),
      ...threads.map((count) => library('ctranslate2', options, { threads: count })),
      library('ctranslate2', options, { threads: 1, translators: cores }),
      library('ctranslate2', inBytes, { threads: 1, translators: cores }),
      library('transformers', options, { threads: cores }),
    ].filter(({ name }) => wanted(args.only, name));
    const names = cases.map(({ name }) => name);
    const group = { title: 'decode', cases: names, competitors, warmUp: 1 };
    const outcomes = await measure(group, { ...args, log }, start);
    checkSame(cases, outcomes);
    const { about, texts, length } = content;
    const notes = [
      length === undefined
        ? 'a trained model, which ends its translations: searches differ in when they stop, so count tokens, not times'
        : `random weights: every translation has ${length} tokens`,
    ];
    const table = tableOf(`decode: ${about}, ${texts.length} sentences`, cases, outcomes, notes);
    return { tables: [table], data: { about, outcomes } };
  },
};
