import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wanted } from '../arguments';
import type { SubwordsOptions } from '../children/subwords';
import type { Competitor } from '../harness/competitor';
import { measure, type Outcome } from '../harness/measure';
import { absences, summarize } from '../harness/summary';
import { kindsOfWords, type ParallelText, repeatedText } from '../parallelText';
import { root, torchPython, workFolder } from '../paths';
import { pairedSpeedup } from '../statistics';
import { duration, type Table, withSpread } from '../table';
import { nodeChild } from './competitors';
import type { Suite } from './suite';

const OURS = 'ours';
const THEIRS = 'subword-nmt';
const CORPORA = ['libreoffice-help-en-de', 'emoji-names-en-de'];

/** Of a language, the corpora that come with the repository, punctuation apart from words. */
const linesOf = (language: string): string[] =>
  CORPORA.flatMap((corpus) =>
    readFileSync(join(root, '../corpora', corpus, `train.${language}`), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) =>
        line
          .replace(/[.,;:!?"()]/gu, ' $& ')
          .replace(/\s+/gu, ' ')
          .trim(),
      ),
  );

const python = (options: SubwordsOptions): Competitor => ({
  name: THEIRS,
  program: torchPython,
  args: [join(root, 'python', 'subwords.py'), JSON.stringify(options)],
  ...(existsSync(torchPython)
    ? {}
    : { skip: `no Python at ${torchPython}; make it with: npm run torch -w benchmarks` }),
});

const rowsOf = (outcomes: readonly Outcome[], name: string): string[][] =>
  summarize(outcomes, name, THEIRS).map(({ name: who, seconds, cpuSeconds, speedup, rounds }, i) => {
    const cpu = (competitor: string): readonly number[] =>
      outcomes.find((each) => each.name === competitor)?.cpuSamples[name] ?? [];
    const inCpu = pairedSpeedup(cpu(who), cpu(THEIRS));
    return [
      i === 0 ? name : '',
      who,
      duration(seconds),
      duration(cpuSeconds),
      speedup ? withSpread(speedup) : '',
      inCpu ? withSpread(inCpu) : '',
      String(rounds),
    ];
  });

/** Whether all who took part found the same. */
const agree = (outcomes: readonly Outcome[], fact: string): string => {
  const found = outcomes.filter(({ skipped }) => skipped === undefined).map(({ facts }) => facts[fact]);
  if (found.length < 2) return 'no comparison';
  return new Set(found).size === 1 ? 'the same' : `DIFFERENT (${found.join(', ')})`;
};

/** Byte-pair encoding of parallel text: ours beside subword-nmt, one thread each. */
export const subwords: Suite = {
  name: 'subwords',
  about:
    'learning 8,000 merges on 100,000 sentence pairs and cutting them: ours beside subword-nmt in Python',
  children: ['subwords'],
  run: async ({ args, log, start, program }) => {
    const real: ParallelText = { source: linesOf('en'), target: linesOf('de') };
    const text = repeatedText(real, args.quick ? 1000 : 100_000);
    mkdirSync(workFolder, { recursive: true });
    const write = (side: keyof ParallelText): string => {
      const file = join(workFolder, `subwords.${side}`);
      writeFileSync(file, `${text[side].join('\n')}\n`);
      return file;
    };
    const options: SubwordsOptions = {
      source: write('source'),
      target: write('target'),
      merges: args.quick ? 500 : 8000,
    };
    const competitors = [nodeChild(OURS, program('subwords'), options), python(options)].filter(({ name }) =>
      wanted(args.only, name),
    );
    // No warm-up: a vocabulary is learned once.
    const group = { title: 'subwords', cases: ['learn', 'apply'], competitors, warmUp: 0 };
    const outcomes = await measure(group, { ...args, log }, start);
    const table: Table = {
      title: `subwords: ${options.merges} merges, ${text.source.length} pairs, ${kindsOfWords(text)} kinds of words`,
      columns: [
        'case',
        'competitor',
        'time',
        'processor time',
        `speed x ${THEIRS} (16-84 %)`,
        'in processor time',
        'rounds',
      ],
      rows: group.cases.flatMap((name) => rowsOf(outcomes, name)),
      notes: [
        `merges: ${agree(outcomes, 'codes')}; number of subwords: ${agree(outcomes, 'segments')}`,
        'apply: ours gives token ids, subword-nmt gives text',
        ...absences(outcomes),
      ],
    };
    return { tables: [table], data: { outcomes } };
  },
};
