import { allowsOptions, type Domain, soundOptions } from './domains';
import { programJunk, STRANGE_KEYS, setOwn, shown } from './junk';
import type { Random } from './random';
import type { Reader } from './reader';

interface OptionsSpec {
  readonly name: string;
  readonly weight?: number;
  readonly options: Readonly<Record<string, Domain>>;
  /** Calls the function. What it returns may say what is wrong, as text. */
  readonly call: (options: never) => unknown;
  /** What the options must keep between them, where each alone is allowed. */
  readonly together?: (options: never) => boolean;
  /** Whether the options may be left out altogether. Default: where none is required. */
  readonly optional?: boolean;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const numbers = [-1, 0, 1, 0.5, 1.5, 2 ** 31, 2 ** 53, 1e300, 1e-300, Number.NaN, Number.POSITIVE_INFINITY];

/** A neighbour of the sound value, or anything at all. */
const other = (value: unknown, random: Random): unknown => {
  if (typeof value === 'number' && random.chance(0.5)) {
    return random.pick([...numbers, -value, value + 0.5, String(value), [value], value * 1e6]);
  }
  if (Array.isArray(value) && value.length > 0 && random.chance(0.5)) {
    const list = value.slice();
    list[random.below(list.length)] = other(list[0], random);
    return random.chance(0.3) ? list.slice(1) : list;
  }
  if (isRecord(value) && Object.keys(value).length > 0 && random.chance(0.5)) {
    const inner = { ...value };
    const key = random.pick(Object.keys(inner));
    setOwn(inner, random.chance(0.2) ? random.pick(STRANGE_KEYS) : key, other(inner[key], random));
    return inner;
  }
  return programJunk(random);
};

/** The changed options, and in words how. Some options are left out first: defaults stand beside what is given. */
const change = (options: OptionsSpec['options'], random: Random): { value: unknown; change: string } => {
  const value = soundOptions(options);
  const names = Object.keys(options);
  for (const name of names) {
    if (!options[name]?.required && random.chance(0.5)) delete value[name];
  }
  const draw = random.next();
  if (draw < 0.08) {
    const all = programJunk(random);
    return { value: all, change: `options became ${shown(all)}` };
  }
  if (draw < 0.22 || names.length === 0) {
    const key = random.pick([...STRANGE_KEYS, ...names.map((name) => `${name}s`)]);
    setOwn(value, key, programJunk(random));
    return { value, change: `unknown option ${JSON.stringify(key)}` };
  }
  if (draw < 0.27) {
    const key = random.pick(names);
    delete value[key];
    return { value, change: `without ${key}` };
  }
  const count = draw < 0.9 ? 1 : 2;
  const changes = Array.from({ length: count }, () => {
    const key = random.pick(names);
    const junk = other(options[key]!.sound(), random);
    value[key] = junk;
    return `${key}: ${shown(junk)}`;
  });
  return { value, change: changes.join(', ') };
};

/** A function of options: what is outside the stated domains must be refused. */
export const optionsReader = ({ name, weight, options, call, together, optional }: OptionsSpec): Reader => ({
  name,
  family: 'options',
  ...(weight === undefined ? {} : { weight }),
  make: (random) => {
    const mutated = change(options, random);
    const left = mutated.value === undefined;
    const mayLeave = optional ?? Object.values(options).every(({ required }) => !required);
    const allowed = left
      ? mayLeave
      : allowsOptions(options, mutated.value) && (together?.(mutated.value as never) ?? true);
    return {
      change: mutated.change,
      read: async () => {
        const said = await call(mutated.value as never);
        if (!allowed) return 'outside what is allowed, and accepted';
        return typeof said === 'string' ? said : undefined;
      },
    };
  },
});

/** A function of one value. */
export const valueReader = (name: string, domain: Domain, call: (value: never) => unknown): Reader => ({
  name,
  family: 'options',
  make: (random) => {
    const value = other(domain.sound(), random);
    return {
      change: shown(value),
      read: async () => {
        const said = await call(value as never);
        if (value !== undefined && !domain.allows(value)) return 'outside what is allowed, and accepted';
        return typeof said === 'string' ? said : undefined;
      },
    };
  },
});
