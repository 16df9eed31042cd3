import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const TIMEOUT = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-examples-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Runs a program as its command in package.json does; returns the lines it prints. */
const linesOf = async (file: string, ...args: string[]): Promise<string[]> => {
  const command = ['--conditions=steadyformer-source', '--import', TSX, pathOf(file), ...args];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: folder });
  expect(stderr).toBe('');
  const [backend, ...lines] = stdout.trimEnd().split('\n');
  expect(backend).toMatch(/^backend \w+/);
  return lines;
};

/** The number that follows `label` in every line that has it. */
const numbersAfter = (label: string, lines: readonly string[]): number[] =>
  lines.flatMap((line) => {
    const at = line.indexOf(label);
    return at < 0 ? [] : [Number.parseFloat(line.slice(at + label.length))];
  });

const increasing = (numbers: readonly number[]): boolean =>
  numbers.every((n, i) => i === 0 || n >= numbers[i - 1]!);

it(
  'annotatedTransformer: under 150 lines, and reverses rows it has not seen',
  async () => {
    expect(readFileSync(pathOf('annotatedTransformer.ts'), 'utf8').trimEnd().split('\n').length).toBeLessThan(
      150,
    );
    const lines = await linesOf('annotatedTransformer.ts');
    for (const [stack, branches] of [
      ['encoder', 4],
      ['decoder', 6],
    ] as const) {
      const omegas = numbersAfter(
        'omega ',
        lines.filter((line) => line.includes(` ${stack}.`)),
      );
      expect(omegas).toHaveLength(branches);
      expect(omegas[0]).toBe(1);
      expect(increasing(omegas)).toBe(true);
    }
    const losses = numbersAfter('loss ', lines);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    const said = lines.flatMap((line) => /^(\d+) reversed: (\d*)$/.exec(line)?.slice(1) ?? []);
    expect(said).toHaveLength(8);
    const right = said.filter((text, i) => i % 2 === 1 && text === [...said[i - 1]!].reverse().join(''));
    expect(right.length).toBeGreaterThanOrEqual(3);
    const [, correct] = /^(\d+) of 200 unseen rows reversed without a mistake$/.exec(lines.at(-1)!) ?? [];
    expect(Number(correct)).toBeGreaterThan(180);
  },
  TIMEOUT,
);

it(
  'languageModel: perplexity falls, the fold changes nothing, and says so',
  async () => {
    const lines = await linesOf('languageModel.ts');
    const omegas = lines[0]!.split(' ').slice(1).map(Number);
    expect(omegas).toHaveLength(8);
    expect(omegas[0]).toBe(1);
    expect(increasing(omegas)).toBe(true);
    const perplexities = numbersAfter('perplexity ', lines);
    expect(perplexities).toHaveLength(5);
    expect(increasing([...perplexities].reverse())).toBe(true);
    expect(perplexities.at(-1)).toBeLessThan(9);
    expect(lines.filter((line) => /^sample: \S/.test(line))).toHaveLength(3);
    const [before, after] = lines.filter((line) => line.startsWith('woman -> woman'));
    expect(before!.length).toBeGreaterThan('woman -> woman'.length + 3);
    expect(after).toBe(before);
    const [, scale, difference] = /^postLN .* up to (\S+) differ by (\S+)$/.exec(lines.at(-2)!) ?? [];
    expect(Number(difference)).toBeGreaterThan(0);
    expect(Number(difference) / Number(scale)).toBeLessThan(1e-5);
  },
  TIMEOUT,
);

it(
  'residualMethod: trains, is measured and predicted, and comes back from its files',
  async () => {
    const lines = await linesOf('residualMethod.ts');
    const losses = numbersAfter('loss ', lines);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 3);
    const diagonal = lines
      .find((line) => line.startsWith('beta_ii '))!
      .split(' ')
      .slice(1)
      .map(Number);
    expect(diagonal).toHaveLength(12);
    expect(diagonal.every((beta) => beta > 0 && beta < 1)).toBe(true);
    expect(lines.find((line) => line.startsWith('alpha_i from i^-0:'))).toContain('grows as O(N):');
    expect(lines.find((line) => line.startsWith('alpha_i from i^-0.5:'))).toContain(
      'grows as less than O(N):',
    );
    expect(lines.at(-1)).toBe('fading rebuilt from its files: outputs differ by 0');
  },
  TIMEOUT,
);

it(
  'layersApi: the stack in a tf.layers model is profiled, and fit trains it',
  async () => {
    const lines = await linesOf('layersApi.ts');
    const profiled = lines.filter((line) => /^omega \S+ {2}stack\.layers\.\d\.\w+$/.test(line));
    const omegas = numbersAfter('omega ', profiled);
    expect(omegas).toHaveLength(12);
    expect(increasing(omegas)).toBe(true);
    expect(omegas.at(-1)).toBeGreaterThan(1.5);
    const [before] = numbersAfter('before training: ', lines);
    const [after] = numbersAfter('after: ', lines);
    expect(before).toBeLessThan(60);
    expect(after).toBeGreaterThan(90);
  },
  TIMEOUT,
);

it(
  'residualMlp: Post-LN grows as O(N), Pre-LN and Admin as O(log N), in words and in a picture',
  async () => {
    const picture = join(folder, 'output-change.svg');
    const lines = await linesOf('residualMlp.ts', picture);
    expect(lines.filter((line) => line.includes(': predicted '))).toEqual([
      'Post-LN: predicted O(N), measured O(N)',
      'Pre-LN: predicted O(log N), measured O(log N)',
      'Admin: predicted O(log N), measured O(log N)',
    ]);
    for (const r2 of numbersAfter('R2 ', lines)) expect(r2).toBeGreaterThan(0.98);
    const svg = readFileSync(picture, 'utf8');
    expect(svg).toMatch(/^<svg /);
    for (const label of ['Post-LN: O(N)', 'Pre-LN: O(log N)', 'Admin: O(log N)'])
      expect(svg).toContain(label);
  },
  TIMEOUT,
);

it(
  'ownMethod: the scales are those of the method, in a stack called body',
  async () => {
    const lines = await linesOf('ownMethod.ts');
    expect(lines).toEqual([
      'rows [1,8,16] to [1,8,16]',
      'body.layers.0.dense  omega 1.00',
      'body.layers.1.dense  omega 1.41',
      'body.layers.2.dense  omega 1.73',
      'body.layers.3.dense  omega 2.00',
    ]);
  },
  TIMEOUT,
);

it(
  'ownBranch: what the moments predict is what is measured',
  async () => {
    const lines = await linesOf('ownBranch.ts');
    const [predicted, measured] = ['predicted ', 'measured '].map((label) => numbersAfter(label, lines));
    expect(predicted).toHaveLength(7);
    for (const [i, value] of predicted!.entries()) {
      // One draw of 64 features scatters; their sum over twelve branches, the output change, less.
      const within = i === 6 ? 0.15 : 0.35;
      expect(Math.abs(Math.log(value / measured![i]!))).toBeLessThan(within);
    }
  },
  TIMEOUT,
);

it.each(['threeStacks.ts', 'prefixModel.ts'])(
  '%s: learns its task, and does it right on rows it has not seen',
  async (file) => {
    const lines = await linesOf(file);
    const losses = numbersAfter('loss ', lines);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 3);
    expect(Number.parseFloat(lines.at(-1)!)).toBeGreaterThan(90);
  },
  TIMEOUT,
);
