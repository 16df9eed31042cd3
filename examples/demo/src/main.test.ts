import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import core from '@steadyformer/core/package.json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'steadyformer-demo-'));
const children = new Set<ChildProcess>();
afterAll(() => {
  // One that a failed test left behind would go on for ever.
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});
beforeAll(() => {
  if (!existsSync(program)) throw new Error('examples/demo is not built; run: npm run build');
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs the demo in `folder`; `onOutput` sees all that was printed so far. */
const demo = (
  args: readonly string[],
  onOutput?: (out: string, interrupt: () => void) => void,
): Promise<Ended> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], { cwd: folder });
    children.add(child);
    let [out, error] = ['', ''];
    child.stdout.on('data', (chunk) => {
      out += chunk;
      onOutput?.(out, () => child.kill('SIGINT'));
    });
    child.stderr.on('data', (chunk) => {
      error += chunk;
    });
    child.on('close', (code) => {
      children.delete(child);
      resolve({ code, out, error });
    });
  });

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('--version', () => {
  it('is that of the packages it shows', async () => {
    expect(await demo(['--version'])).toEqual({ code: 0, out: `${core.version}\n`, error: '' });
  });
});

describe('bad input ends with one clear line, code 2 and nothing written', () => {
  const pair = (source: string, target: string) => ['--source', source, '--target', target];
  const lines = (n: number) => 'ein Satz\n'.repeat(n);
  it.each([
    ['a missing file', () => pair(join(folder, 'none.en'), file('a.de', lines(3))), /none\.en/],
    [
      'unequal line counts',
      () => pair(file('b.en', lines(4)), file('b.de', lines(3))),
      /b\.en.*4.*b\.de.*3|4 lines.*3/,
    ],
    ['an empty file', () => pair(file('c.en', ''), file('c.de', '')), /c\.en.*empty/],
    [
      'nothing but repetitions',
      () => pair(file('d.en', lines(9)), file('d.de', lines(9))),
      /all were left out|held out/,
    ],
    ['one side alone', () => ['--source', 'x.en'], /both or neither/],
    ['no model to translate with', () => ['--translate', 'x'], /no checkpoint in 'out.model'/],
    ['an unknown option', () => ['--stepz', '4'], /unknown option '--stepz'.*\n?.*--steps/],
    ['a bad number', () => ['--steps', 'many'], /whole numbers >= 1/],
    ['an unknown backend', () => ['--backend', 'wsam'], /unknown backend 'wsam', did you mean 'wasm'/],
    ['an unknown method', () => ['--method', 'admn'], /admin, postLN, preLN/],
  ])('%s', async (_name, args, message) => {
    const { code, error } = await demo([...args(), '--output', 'out']);
    expect(error).toMatch(message);
    expect(error.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(error).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });
});

/** A small text of its own, so that the test is about the program and not about learning: 250 emoji names. */
const smallText = (): string[] => {
  const head = (language: string): string => {
    const path = new URL(`../../../corpora/emoji-names-en-de/train.${language}`, import.meta.url);
    return `${readFileSync(path, 'utf8').split('\n').slice(0, 250).join('\n')}\n`;
  };
  return ['--source', file('small.en', head('en')), '--target', file('small.de', head('de'))];
};

const TIMEOUT = 240_000;

it(
  'runs to the end: samples, BLEU, fold and saved models, in plain lines when piped',
  async () => {
    const { code, out, error } = await demo([
      ...smallText(),
      ...['--backend', 'wasm', '--steps', '6', '--output', 'short'],
    ]);
    expect(error).toBe('');
    expect(code).toBe(0);
    expect(out).not.toContain('\r');
    expect(out).toMatch(/train +update 6\/6 {2}0:00 left {2}loss \d+\.\d+ {2}perplexity .* tokens\/s/);
    expect(out).toMatch(/profile +omega encoder 1 to 1\.\d+, decoder 1 to/);
    expect(out).toMatch(/test +BLEU \d+\.\d/);
    expect(out).toContain('nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp');
    const difference = Number(/logits differ by (\S+) at most/.exec(out)![1]);
    expect(difference).toBeLessThan(1e-4);
    const [, text] = /^use it {6}npm run demo -- --translate "(.*)" --output "short"$/m.exec(out)!;
    const translated = await demo(['--translate', text!, '--output', 'short', '--backend', 'cpu']);
    expect(translated).toEqual({ code: 0, error: '', out: expect.stringMatching(/^.*\n$/) });
    for (const name of ['model', 'plain']) {
      const manifest = JSON.parse(readFileSync(join(folder, 'short', name, 'checkpoint.json'), 'utf8'));
      expect(manifest.config.encoder.method.name).toBe(name === 'plain' ? 'postLN' : 'admin');
    }
  },
  TIMEOUT,
);

it(
  'goes on where it was, and refuses to mix runs of other settings',
  async () => {
    const args = [...smallText(), '--backend', 'wasm', '--output', 'short'];
    const other = await demo([...args, '--steps', '6', '--method', 'preLN']);
    expect(other.code).toBe(2);
    expect(other.error).toMatch(/holds a run with model\.method 'admin', and the config says 'preLN'/);
    const longer = await demo([...args, '--steps', '8']);
    expect(longer.code).toBe(0);
    expect(longer.out).toMatch(/resumed +after update 6/);
    expect(longer.out).toMatch(/update 8\/8/);
  },
  TIMEOUT,
);

it(
  'stops at Ctrl-C with its state saved',
  async () => {
    let interrupted = false;
    const args = [...smallText(), '--backend', 'wasm', '--steps', '100000', '--output', 'stopped'];
    const { code, out } = await demo(args, (text, interrupt) => {
      // Progress is printed every 5,000 of so many steps, so the sign to go by is the profile.
      if (interrupted || !text.includes('omega')) return;
      interrupted = true;
      setTimeout(interrupt, 3000);
    });
    expect(code).toBe(0);
    const [, update] = /^stopped +after update (\d+), saved in stopped/m.exec(out)!;
    const at = `update-${update!.padStart(8, '0')}`;
    const manifest = JSON.parse(
      readFileSync(join(folder, 'stopped/checkpoints', at, 'checkpoint.json'), 'utf8'),
    );
    expect(manifest.training.updates).toBe(Number(update));
  },
  TIMEOUT,
);
