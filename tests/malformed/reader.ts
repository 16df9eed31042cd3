import { isDeepStrictEqual } from 'node:util';
import { mutateBytes } from './mutateBytes';
import { mutateJson } from './mutateJson';
import { mutateText } from './mutateText';
import type { Random } from './random';

/** One input for one reader. */
export interface Case {
  /** What was done to a sound input, in words. */
  readonly change: string;
  /** Reads it. Throws what the reader throws; where it reads, says what is wrong with that, if anything is. */
  readonly read: () => Promise<string | undefined>;
}

/** A public function that takes something from outside, and how its malformed inputs are made. */
export interface Reader {
  /** `package: function`. */
  readonly name: string;
  readonly family: 'bytes' | 'json' | 'text' | 'options';
  /** Cases beside those of others, default 1. */
  readonly weight?: number;
  /** A sound one is left as it is: it must be read, or nothing is said by what is refused. */
  readonly make: (random: Random, sound?: boolean) => Case;
}

/** Why an accepted input is wrong to accept, or undefined where it is harmless. */
export type Judge<Input, Result> = (
  result: Result,
  input: Input,
  sound: Input,
) => string | undefined | Promise<string | undefined>;

interface Spec<Input, Result> {
  readonly name: string;
  readonly weight?: number;
  /** Inputs that are accepted, each made anew. */
  readonly sound: readonly (() => Input)[];
  readonly read: (input: Input) => Result | Promise<Result>;
  readonly judge: Judge<Input, Result>;
}

type Change<Input> = (
  input: Input,
  random: Random,
  other: Input,
) => { readonly value: Input; readonly change: string };

const reader = <Input, Result>(
  family: Reader['family'],
  { name, weight, sound, read, judge }: Spec<Input, Result>,
  change: Change<Input>,
): Reader => ({
  name,
  family,
  ...(weight === undefined ? {} : { weight }),
  make: (random, untouched = false) => {
    const original = random.pick(sound)();
    const mutated = untouched
      ? { value: random.pick([original]), change: 'nothing' }
      : change(original, random, random.pick(sound)());
    return {
      change: mutated.change,
      read: async () => judge(await read(mutated.value), mutated.value, original),
    };
  },
});

export const bytesReader = <Result>(spec: Spec<Uint8Array, Result>): Reader =>
  reader('bytes', spec, mutateBytes);

export const textReader = <Result>(spec: Spec<string, Result>): Reader => reader('text', spec, mutateText);

/** A reader of parsed JSON. */
export const jsonReader = <Result>(spec: Spec<unknown, Result>): Reader =>
  reader('json', spec, (input, random) => mutateJson(input, random));

/** Lists within lists may be more than JSON.stringify has room for; a text of them is not. */
const stringified = (value: unknown): string => {
  try {
    return JSON.stringify(value) ?? 'undefined';
  } catch {
    return '['.repeat(10_000) + ']'.repeat(10_000);
  }
};

/** A reader of JSON as text: its structure is changed, or its letters. */
export const jsonTextReader = <Result>(spec: Spec<string, Result>): Reader =>
  reader('json', spec, (input, random, other) => {
    if (random.chance(0.35)) return mutateText(input, random, other);
    const { value, change } = mutateJson(JSON.parse(input), random);
    return { value: stringified(value), change };
  });

/** A reader of several files: one of them is changed, or gone. */
export const filesReader = <Result>(spec: Spec<Readonly<Record<string, Uint8Array>>, Result>): Reader =>
  reader('bytes', spec, (files, random, others) => {
    const name = random.pick(Object.keys(files));
    const { [name]: bytes = new Uint8Array(), ...rest } = files;
    if (random.chance(0.05)) return { value: rest, change: `${name} gone` };
    const { value, change } = mutateBytes(bytes, random, others[name] ?? bytes);
    return { value: { ...rest, [name]: value }, change: `${name}: ${change}` };
  });

/** For readers whose input is vouched for: what is read must be what was written. */
export const sameAsSound =
  <Input, Result>(expected: (sound: Input) => Result | Promise<Result>): Judge<Input, Result> =>
  async (result, _, sound) =>
    isDeepStrictEqual(result, await expected(sound)) ? undefined : 'read as something else than was written';

/** For readers that keep what they are told: every value that was given is found in the result. */
export const echoes = (given: unknown, kept: unknown, path = ''): string | undefined => {
  if (Object.is(given, kept)) return undefined;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    const same = isDeepStrictEqual(plain(given), plain(kept));
    return same ? undefined : `${path || 'all'} was given and something else is kept`;
  }
  if (typeof kept !== 'object' || kept === null) return `${path || 'all'} was given and is not kept`;
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined) continue;
    if (!Object.hasOwn(kept, key)) return `${path}/${key} was given and nothing of it is kept`;
    const inner = echoes(value, (kept as Record<string, unknown>)[key], `${path}/${key}`);
    if (inner !== undefined) return inner;
  }
  return undefined;
};

/** As JSON holds it: without undefined, and one zero. */
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

/** Says so where an input that is malformed by an independent reading was accepted, or read as something else. */
export const agrees = <T>(result: T, reference: T | 'malformed'): string | undefined => {
  if (reference === 'malformed') return 'malformed, and accepted';
  return isDeepStrictEqual(result, reference) ? undefined : 'read as something else than stands there';
};
