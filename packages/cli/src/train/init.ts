import { readFile } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import { type GivenConfig, recipePath, sampleConfig } from '@steadyformer/translate/node';
import { checkNotRead } from '../output/checkOutputs';
import { checkNewFile, writeNewFile } from '../output/newOutput';
import { row, type Screen, screenOn } from '../output/screen';
import { table } from '../output/table';
import type { CommandLine } from '../program/commandLine';
import { BATCHES, CHARACTERS, type Suggestion, suggest } from './suggest';
import { type Survey, surveyPairs, surveyText } from './survey';
import { counted } from './tell';

export interface InitCommand {
  readonly source?: string;
  readonly target?: string;
  readonly path?: string;
  readonly text?: string;
  /** A config that is there already, by its name. */
  readonly recipe?: string;
  readonly out: string;
  /** The same by another name. */
  readonly output?: string;
  readonly force?: boolean;
}

type Files = NonNullable<GivenConfig['data']>;

/** Looks at text and writes a config for it, every key with its meaning; or copies a recipe. */
export const runInit = async (options: InitCommand, { streams }: CommandLine): Promise<void> => {
  const files = filesOf(options);
  const { source, target, path, text, recipe, output = options.out } = options;
  const copied = recipe === undefined ? undefined : await readFile(await recipePath(recipe), 'utf8');
  await checkNewFile(output, options);
  if (copied !== undefined) {
    await writeNewFile(output, copied);
    streams.out(`${nextOf(output)} Its first lines say where its text is from; --dry-run what it takes.\n`);
    return;
  }
  const inputs = [source, target, path, text].filter((file) => file !== undefined);
  await checkNotRead(output, inputs);
  const screen = screenOn(streams);
  try {
    const survey = await look(files, screen);
    const suggestion = suggest(survey);
    await writeNewFile(
      output,
      headOf(survey, suggestion) + sampleConfig(valuesOf(files, survey, suggestion)),
    );
    screen.line(surveyTable(survey));
    screen.line('');
    screen.line(nextOf(output));
  } finally {
    screen.close();
  }
};

const nextOf = (output: string): string => `Wrote ${output}. Next: steadyformer train ${output}`;

const FORMS =
  '--source a.en --target a.de, --path a.tsv (.jsonl, .tmx), --text a.txt for a language model, or --recipe alone';

/** The text to look at; none beside a recipe. */
const filesOf = ({ source, target, path, text, recipe }: InitCommand): Files => {
  const all = { source, target, path, text, recipe };
  const given = Object.entries(all).filter(([, file]) => file !== undefined);
  const names = given.map(([name]) => `--${name}`).join(' ');
  if (names === '--source --target') return { source, target };
  if (names === '--path') return { path };
  if (names === '--text') return text as string;
  if (names === '--recipe') return [];
  throw new SteadyformerError(`received ${names || 'no text to look at'}, allowed ${FORMS}`);
};

const look = (files: Files, screen: Screen): Promise<Survey> =>
  typeof files === 'string'
    ? surveyText(files, (lines) => screen.live(row('reading', counted(lines, 'line'))))
    : surveyPairs(files as { readonly path: string }, (pairs) =>
        screen.live(row('reading', counted(pairs, 'pair'))),
      );

const valuesOf = (files: Files, { dropped }: Survey, suggestion: Suggestion): GivenConfig => {
  const { merges, width, heads, depth, maxTokens, updates, warmup, every, valid } = suggestion;
  return {
    kind: typeof files === 'string' ? 'languageModel' : 'translation',
    data: {
      train: files,
      holdOut: { valid },
      ...(dropped.blank && typeof files !== 'string' ? { blank: 'skip' } : {}),
    },
    vocabulary: { merges },
    batches: { maxTokens },
    model: { width, heads, depth },
    optimizer: { schedule: { name: 'inverseSqrt', warmup } },
    training: { updates },
    validation: { every },
    checkpoints: { every },
  };
};

/** What the numbers that are not defaults follow from. */
const headOf = ({ kept, sides }: Survey, { epochs }: Suggestion): string => {
  const words = sides.reduce((sum, side) => sum + side.words, 0);
  return `${[
    `# Written by steadyformer init for ${counted(kept, sides.length > 1 ? 'pair' : 'line')} with ${counted(words, 'word')}.`,
    '# By the number of words: vocabulary.merges, model.width, model.heads, model.depth. By its tokens, about',
    `# ${CHARACTERS} characters each: batches.maxTokens (an epoch has ${BATCHES} batches or more, if it can), training.updates (${epochs}`,
    '# epochs), warmup (a tenth of them), validation.every and checkpoints.every (a twentieth).',
    '#',
  ].join('\n')}\n`;
};

const surveyTable = ({ kept, dropped, sides }: Survey): string => {
  const headers = ['words', 'characters', 'different', 'median line', '90 %', '99 %', 'longest'];
  const names = sides.length > 1 ? ['source', 'target'] : ['text'];
  const columns = headers.map((header, k) => {
    const numbers = sides.map(({ words, characters, alphabet, lengths }) =>
      [words, characters, alphabet, ...Object.values(lengths)][k]!.toLocaleString('en-US'),
    );
    const width = Math.max(...[header, ...numbers].map((text) => text.length));
    return [header, ...numbers].map((text) => text.padStart(width));
  });
  const line = (row: number): string[] => columns.map((column) => column[row]!);
  const left = Object.entries(dropped).map(([reason, n]) => `${reason} ${n.toLocaleString('en-US')}`);
  const out = left.length > 0 ? `; left out: ${left.join(', ')}` : '';
  return [
    `${counted(kept, sides.length > 1 ? 'pair' : 'line')}${out}`,
    '',
    table(
      ['', ...line(0)],
      names.map((name, i) => [name, ...line(i + 1)]),
    ),
  ].join('\n');
};
