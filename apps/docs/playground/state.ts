import * as v from 'valibot';
import { type Choice, METHOD_NAMES, type MethodName } from './methods';

/** Of the form that a link has. A link of another is not read. */
export const VERSION = 1;

/** Blocks of a stack: what a page of a phone still holds in theory and draws in a heat map. */
export const DEEPEST = 64;

export const RATES = [0.0003, 0.001, 0.003, 0.01, 0.03] as const;
export const WARM_UPS = [0, 50, 200] as const;
export const BACKENDS = ['auto', 'wasm', 'cpu', 'webgpu'] as const;

/** Where tensors are computed: 'auto' is the fastest that works. */
export type BackendName = (typeof BACKENDS)[number];

/** All that a visitor chooses, and a link carries. */
export interface PlaygroundState {
  readonly left: Choice;
  readonly right: Choice;
  /** Learning rate after the warm-up. */
  readonly rate: number;
  /** Updates over which the rate rises from 0. */
  readonly warmup: number;
  readonly seed: number;
  readonly backend: BackendName;
}

export const DEFAULT_STATE: PlaygroundState = {
  left: { method: 'postLN', depth: 12 },
  right: { method: 'admin', depth: 12 },
  rate: 0.001,
  warmup: 0,
  seed: 1,
  backend: 'auto',
};

const whole = (most: number) =>
  v.pipe(v.string(), v.regex(/^\d{1,6}$/), v.transform(Number), v.minValue(1), v.maxValue(most));

const oneOf = <const T extends number>(allowed: readonly T[]) =>
  v.pipe(v.string(), v.transform(Number), v.picklist(allowed));

/** 'postLN.18': a method and its depth. */
const choice = v.pipe(
  v.string(),
  v.transform((text) => text.split('.')),
  v.strictTuple([v.picklist(METHOD_NAMES), whole(DEEPEST)]),
  v.transform(([method, depth]): Choice => ({ method: method as MethodName, depth })),
);

const SCHEMAS = {
  left: choice,
  right: choice,
  rate: oneOf(RATES),
  warmup: oneOf(WARM_UPS),
  seed: whole(999_999),
  backend: v.picklist(BACKENDS),
} as const;

type Key = keyof typeof SCHEMAS;

const ALLOWED: Readonly<Record<Exclude<Key, 'left' | 'right'>, string>> = {
  rate: `one of ${RATES.join(', ')}`,
  warmup: `one of ${WARM_UPS.join(', ')}`,
  seed: 'a whole number from 1 to 999999',
  backend: `one of ${BACKENDS.join(', ')}`,
};

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

/** Why a value of the link is not taken. */
const problemOf = (key: Key, value: string): string => {
  const received = `The link's ${key} is “${shortened(value)}”`;
  if (key !== 'left' && key !== 'right') return `${received}; allowed is ${ALLOWED[key]}.`;
  const [method = '', depth = ''] = value.split('.');
  if (!METHOD_NAMES.includes(method as MethodName)) {
    return `${received}: there is no method “${shortened(method)}”. Choose one from the list.`;
  }
  return Number(depth) > DEEPEST
    ? `${received}: this page holds at most ${DEEPEST} blocks.`
    : `${received}; allowed is METHOD.BLOCKS with 1 to ${DEEPEST} blocks, such as postLN.12.`;
};

/** A depth above the most that the page holds becomes the most; what else is wrong, the default's. */
const fallback = (key: Key, value: string): unknown => {
  const [method, depth] = value.split('.');
  const known = METHOD_NAMES.includes(method as MethodName) && Number(depth) > DEEPEST;
  return (key === 'left' || key === 'right') && known ? { method, depth: DEEPEST } : DEFAULT_STATE[key];
};

export interface ReadState {
  readonly state: PlaygroundState;
  /** What of the link was not taken, one sentence each. */
  readonly problems: readonly string[];
}

/** The state in the query of an address. What is missing or not allowed has its default; never throws. */
export const readState = (query: string): ReadState => {
  const given = new URLSearchParams(query);
  const version = given.get('v');
  const keys = Object.keys(SCHEMAS) as Key[];
  if (version === null && keys.every((key) => !given.has(key))) return { state: DEFAULT_STATE, problems: [] };
  if (version !== String(VERSION)) {
    const of = version === null ? 'no version' : `version “${shortened(version)}”`;
    const problem = `The link is of ${of} of the playground, and this page reads version ${VERSION}: the default is shown.`;
    return { state: DEFAULT_STATE, problems: [problem] };
  }
  const problems: string[] = [];
  const entries = keys.map((key) => {
    const value = given.get(key);
    if (value === null) return [key, DEFAULT_STATE[key]];
    const parsed = v.safeParse(SCHEMAS[key] as v.GenericSchema<unknown, unknown>, value);
    if (parsed.success) return [key, parsed.output];
    problems.push(problemOf(key, value));
    return [key, fallback(key, value)];
  });
  return { state: Object.fromEntries(entries) as unknown as PlaygroundState, problems };
};

/** The query of an address that `readState` gives the state back from. */
export const writeState = ({ left, right, rate, warmup, seed, backend }: PlaygroundState): string =>
  `?${new URLSearchParams({
    v: String(VERSION),
    left: `${left.method}.${left.depth}`,
    right: `${right.method}.${right.depth}`,
    rate: String(rate),
    warmup: String(warmup),
    seed: String(seed),
    backend,
  })}`;
