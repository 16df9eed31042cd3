import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encoder, type FullConfig, fromConfig, postLN, stateDict } from '@steadyformer/core';
import { writeSafetensors } from '@steadyformer/core/node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

vi.mock('./doctor/child', () => ({ tryInChild: async () => ({ works: true, milliseconds: 1 }) }));
const { main } = await import('./main/main');

/** The command lines that the README shows, in its order. */
const shown = (await readFile(new URL('../README.md', import.meta.url), 'utf8'))
  .split('\n')
  .filter((line) => line.startsWith('npx steadyformer '))
  .map((line) => line.split(' ').slice(2));

/** A run that takes a moment. */
const TINY = [
  'backend=cpu',
  'model={ width: 8, heads: 2, depth: 1 }',
  'training.updates=2',
  'checkpoints.every=1',
  'batches.maxTokens=64',
].flatMap((setting) => ['--set', setting]);

/** Smaller than shown, so that each takes a moment. */
const SMALL: Readonly<Record<string, readonly string[]>> = {
  'depth-check': ['--depths', '1,2,3,4', '--seeds', '2', '--width', '8', '--heads', '2'],
  'output-change': ['--seeds', '1', '--width', '8', '--heads', '2'],
  'coordinate-check': ['--depths', '1,2', '--widths', '8', '--heads', '2', '--updates', '0,1'],
  rate: ['--depths', '1,2', '--width', '8', '--heads', '2'],
  gradients: ['--depth', '2', '--width', '8', '--heads', '2'],
  dependency: ['--depth', '2'],
  predict: ['--depth', '3'],
  effectiveness: [],
  fit: [],
  figure: [],
  verdict: [],
  updates: [],
  repeat: [],
  doctor: [],
  init: ['--force'],
  train: TINY,
  plan: TINY,
  compare: [],
  inspect: [],
  average: [],
  reparameterize: ['--backend', 'cpu'],
  export: ['--backend', 'cpu'],
  import: [],
  translate: ['--backend', 'cpu', '--max-length', '5'],
  generate: ['--backend', 'cpu'],
  serve: ['--backend', 'cpu', '--port', '0'],
  score: ['--samples', '20'],
  evaluate: ['--backend', 'cpu', '--max-length', '5', '--samples', '20'],
  'bpe learn': [],
  'bpe apply': [],
  prepare: TINY,
  profile: TINY,
  'sweep plan': TINY,
  'sweep job': [],
  'sweep left': [],
  'sweep run': [],
  'sweep collect': [],
};
/** A command within its group, but for those of `analyse`, which go by their own names. */
const nameOf = ([group = '', command = '']: readonly string[]): string => {
  if (group === 'analyse') return command;
  return ['bpe', 'sweep'].includes(group) ? `${group} ${command}` : group;
};

const quietly = (...args: string[]): Promise<number> => main(args, { out: () => {}, error: () => {} });

const BATCH = ['--sentences', '2', '--length', '4', '--vocab', '20', '--backend', 'wasm'];

const home = process.cwd();
let folder = '';

const save = async (path: string, config: FullConfig, seed: number): Promise<void> => {
  const model = fromConfig(config, { seed });
  await mkdir(path, { recursive: true });
  await writeSafetensors(join(path, 'model.safetensors'), await stateDict(model), {
    config: JSON.stringify(config),
  });
  model.dispose();
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-readme-'));
  process.chdir(folder);
  const model = encoder({ vocabulary: 50, width: 8, heads: 2, depth: 2, method: postLN() });
  await writeFile('mine.json', JSON.stringify(model.config));
  await writeFile('sentences.txt', '4 5 6\n7 8 9 10\n');
  const words = Array.from({ length: 60 }, (_, i) =>
    [...`${i * 7919}`].map((digit) => `w${digit}`).join(' '),
  );
  await writeFile('train.en', words.map((line) => `${line}\n`).join(''));
  await writeFile('train.de', words.map((line) => `${line.replaceAll('w', 'v')}\n`).join(''));
  await writeFile('sentences.en', 'w1 w2\n\nw3\n');
  await writeFile('terms.tsv', 'w1 w2\tv1\n\nw3\n');
  await writeFile('forbidden.txt', 'v9\n');
  await writeFile('pages.en', 'W1. W2.\n\nw3\n');
  for (const name of ['sentences.de', 'mine.de', 'theirs.de']) await writeFile(name, 'v1 v2\n\nv3\n');
  await writeFile('train.tsv', words.map((line) => `${line}\t${line.replaceAll('w', 'v')}\n`).join(''));
  // Of letters: texts that differ in numbers alone are taken for one.
  const letters = (line: string): string =>
    line.replaceAll(/\d/g, (digit) => 'abcdefghij'.charAt(Number(digit)));
  await writeFile('book.txt', words.map((line) => `${letters(line)}\n`).join(''));
  await quietly('init', '--text', 'book.txt', '--out', 'book.yaml');
  await quietly('train', 'book.yaml', ...TINY, '--output', 'runs/book');
  await copyFile(new URL('./analyse/fixtures/preLN.jsonl', import.meta.url), 'trace.jsonl');
  await save('checkpoints/100', model.config, 1);
  await save('checkpoints/200', model.config, 2);
  model.dispose();
});
afterAll(async () => {
  process.chdir(home);
  await rm(folder, { recursive: true });
});

describe('the commands of the README', () => {
  it('are all there are', () => {
    const commands = new Set(shown.map(nameOf));
    expect([...commands].sort()).toEqual(Object.keys(SMALL).sort());
  });

  it.each(shown.map((args) => [args.join(' '), args] as const))('work: %s', async (_, args) => {
    const [group] = args;
    const name = nameOf(args);
    // Each in a process of the installed program: here the runs are made before.
    if (args.includes('--all'))
      for (const index of ['1', '2', '3']) await quietly('sweep', 'run', args[2]!, '--index', index);
    const alone = ['repeat', 'fit', 'figure', 'verdict'].includes(name);
    const smaller = [...SMALL[name]!, ...(group === 'analyse' && !alone ? BATCH : [])];
    const running = name === 'serve';
    // A later option counts; a list of files takes all words up to the next option.
    let [out, error] = ['', ''];
    const code = await main([...args, ...smaller], {
      out: (text) => {
        out += text;
        // It goes on until it is told to end.
        if (running && text.startsWith('listening')) setTimeout(() => process.emit('SIGINT', 'SIGINT'), 10);
      },
      error: (text) => {
        error += text;
      },
    });
    expect(code, error).toBe(0);
    // What a command of text says is as long as its text, or lies in the file.
    if (name === 'generate') expect(out).toMatch(/\n$/);
    else if (name === 'sweep left') expect(out).toBe('0-3\n');
    else if (name !== 'translate') expect(out.length).toBeGreaterThan(running ? 35 : 50);
    else expect(args.includes('--out') ? '\n\n\n' : out).toMatch(/^.*\n.*\n.*\n$/);
    const files = args.filter((arg) => /\.(svg|png|json|tsv)$/.test(arg));
    for (const file of files) expect(existsSync(file), file).toBe(true);
  });
});
