import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { main } from 'steadyformer';
import { inFolder } from '../folder';
import { mutateText } from '../mutateText';
import type { Random } from '../random';
import { jsonTextReader, type Reader } from '../reader';

/** What the program says to bad input must be one line, as an error of ours; its exit code tells. */
const run = async (args: readonly string[]): Promise<{ readonly code: number; readonly out: string }> => {
  let [out, error] = ['', ''];
  try {
    const code = await main(['analyse', ...args], {
      out: (text) => {
        out += text;
      },
      error: (text) => {
        error += text;
      },
    });
    if (code === 0) return { code, out };
    if (code !== 2) throw new Error(`exit code ${code}`);
    // Without a command the program shows what there are.
    if (error.startsWith('Usage: ')) throw new SteadyformerError(error.slice(0, 200));
    const lines = error.split('\n').filter((line) => !/^(wrote|backend|\S+ \d+\/\d+)/u.test(line));
    if (!/^error: /u.test(lines[0] ?? '')) throw new Error(`no error but ${error.slice(0, 300)}`);
    if (lines.length !== 2 || lines[1] !== '')
      throw new Error(`${lines.length} lines: ${error.slice(0, 300)}`);
    throw new SteadyformerError(lines[0]);
  } finally {
    await tf.setBackend('cpu');
  }
};

const small = ['--width', '8', '--heads', '2', '--sentences', '2', '--length', '4', '--vocab', '20'];
const COMMANDS: readonly (readonly string[])[] = [
  ['predict', ...small, '-a', 'postLN,admin', '--depth', '2', '--size', '1e-3', '--stack', 'encoder'],
  ['dependency', ...small, '-a', 'preLN', '--depth', '1', '--seeds', '1', '--backend', 'cpu'],
  ['gradients', ...small, '-a', 'admin', '--kind', 'encoder', '--depth', '1', '--backend', 'cpu'],
  ['output-change', ...small, '-a', 'preLN', '--depths', '1,2', '--seeds', '1', '--backend', 'cpu'],
];

/** No value of any option but of a file's name. */
const BAD = [
  '',
  ' ',
  '0',
  '-1',
  '1.5',
  'NaN',
  'x',
  '1,,2',
  '1e400',
  'null',
  '\ud800',
  '__proto__',
  'x'.repeat(1e5),
];

type Changed = { readonly args: readonly string[]; readonly change: string; readonly bad: boolean };

const change = (sound: readonly string[], random: Random): Changed => {
  const args = [...sound];
  const options = args.flatMap((arg, i) => (i > 0 && arg.startsWith('-') ? [i] : []));
  const draw = random.next();
  if (draw < 0.5) {
    const option = random.pick(options);
    const value = random.pick(BAD);
    const shown = value.slice(0, 10);
    // Sizes of steps are numbers above zero, not only whole ones.
    const bad = !(args[option] === '--size' && value === '1.5');
    args[option + 1] = value;
    return { args, change: `${args[option]} ${JSON.stringify(shown)}`, bad };
  }
  if (draw < 0.65) {
    const option = random.pick(options);
    args[option] = random.pick([`${args[option]}s`, '--__proto__', '--nothing', `--${'x'.repeat(1e5)}`]);
    return { args, change: `an option is ${args[option].slice(0, 20)}`, bad: true };
  }
  if (draw < 0.75) {
    args[0] = random.pick(['predicts', '', 'toString', '__proto__', 'x'.repeat(1e5), '-']);
    return { args, change: `the command is ${args[0].slice(0, 20)}`, bad: true };
  }
  if (draw < 0.85) {
    const file = random.pick(['', '/nowhere/x.json', '/', '\0', '/dev/null', 'x'.repeat(1e4)]);
    const option = random.pick(['--config', '--model', '--data']);
    // Files and named architectures do not go together.
    const rest = args.slice(0, 1).concat(option === '--data' ? args.slice(1) : ['--backend', 'cpu']);
    return {
      args: [...rest, option, file],
      change: `${option} ${JSON.stringify(file.slice(0, 20))}`,
      bad: true,
    };
  }
  if (draw < 0.9) {
    const out = random.pick(['', 'x', 'x.txt', '.json', '/dev/null/x.json', `/tmp/${'x'.repeat(1e4)}.json`]);
    return { args: [...args, '--out', out], change: `--out ${out.slice(0, 20)}`, bad: true };
  }
  const at = random.below(args.length);
  const damaged = mutateText(args[at]!, random, 'x');
  // Numbers that are allowed may be enormous.
  const value = /^\d/u.test(damaged.value) ? 'x' : damaged.value;
  args.splice(at, 1, ...(random.chance(0.5) ? [] : [value]));
  return { args, change: `argument ${at} gone, or ${damaged.change}`, bad: false };
};

const argumentsReader: Reader = {
  name: 'cli: analyse',
  family: 'options',
  weight: 2,
  make: (random, untouched = false) => {
    const sound = random.pick(COMMANDS);
    const made = untouched ? { args: sound, change: 'nothing', bad: false } : change(sound, random);
    return {
      change: `${sound[0]}: ${made.change}`,
      read: async () => {
        await run(made.args);
        return made.bad ? 'no such value is allowed, and accepted' : undefined;
      },
    };
  },
};

const result = await inFolder(async (folder) => {
  const file = join(folder, 'result.json');
  await run([...COMMANDS[0]!, '--out', file]);
  const { provenance } = JSON.parse(readFileSync(file, 'utf8')) as { provenance: object };
  return JSON.stringify({ provenance });
});

export const programs: readonly Reader[] = [
  argumentsReader,
  jsonTextReader({
    name: 'cli: analyse repeat',
    weight: 2,
    sound: [() => result],
    read: (text) =>
      inFolder(async (folder) => {
        const file = join(folder, 'result.json');
        writeFileSync(file, text);
        return run(['repeat', file]);
      }),
    judge: ({ out }) => (out.includes('architecture') ? undefined : 'it prints no numbers'),
  }),
];
