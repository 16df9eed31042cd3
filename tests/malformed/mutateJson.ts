import { jsonJunk, STRANGE_KEYS, setOwn, shown } from './junk';
import type { Mutation } from './mutateBytes';
import type { Random } from './random';

type Container = Record<string, unknown> | unknown[];

interface Spot {
  readonly within: Container;
  readonly key: string;
  readonly path: string;
}

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null;

/** Deeper than any file of ours: what a change has nested beyond it is left alone. */
const DEEPEST = 12;

/** Every place that holds a value. */
const spotsIn = (value: Container, path = '', depth = 0): Spot[] =>
  Object.entries(value).flatMap(([key, inner]) => {
    const at = `${path}/${key}`;
    const within = isContainer(inner) && depth < DEEPEST ? spotsIn(inner, at, depth + 1) : [];
    return [{ within: value, key, path: at }, ...within];
  });

type Mutator = (root: Container, random: Random) => string;

const onSpot =
  (change: (spot: Spot, random: Random) => string): Mutator =>
  (root, random) => {
    const spots = spotsIn(root);
    return spots.length === 0 ? addKey(root, random) : change(random.pick(spots), random);
  };

const put = ({ within, key }: Spot, value: unknown): void => setOwn(within, key, value);
const current = ({ within, key }: Spot): unknown => (within as Record<string, unknown>)[key];

const replace = onSpot((spot, random) => {
  const value = jsonJunk(random);
  put(spot, value);
  return `${spot.path} became ${shown(value)}`;
});

/** The same value as another type: '3' for 3, [x] for x, a record for a list. */
const retype = onSpot((spot, random) => {
  const value = current(spot);
  const forms: unknown[] = [
    [value],
    isContainer(value) ? '[object Object]' : String(value),
    { value },
    Array.isArray(value) ? { ...value } : isContainer(value) ? 1 : Number(value),
  ];
  const chosen = random.pick(forms);
  put(spot, typeof chosen === 'number' && !Number.isFinite(chosen) ? null : chosen);
  return `${spot.path} retyped as ${shown(chosen)}`;
});

const numeric = onSpot((spot, random) => {
  const value = current(spot);
  const by = typeof value === 'number' ? value : 1;
  const chosen = random.pick([-by, by + 0.5, by * 1e9, by - 1, by + 1, 0, 1e308, 5e-324]);
  put(spot, chosen);
  return `${spot.path} became ${chosen}`;
});

const remove = onSpot((spot) => {
  if (Array.isArray(spot.within)) spot.within.splice(Number(spot.key), 1);
  else delete spot.within[spot.key];
  return `${spot.path} gone`;
});

const rename = onSpot((spot, random) => {
  if (Array.isArray(spot.within)) return replace(spot.within, random);
  const value = current(spot);
  delete spot.within[spot.key];
  const name = random.pick([`${spot.key}s`, spot.key.toUpperCase(), spot.key.slice(1), ` ${spot.key}`]);
  setOwn(spot.within, name, value);
  return `${spot.path} renamed to ${JSON.stringify(name)}`;
});

const addKey: Mutator = (root, random) => {
  const within = random.pick([root, ...spotsIn(root).map(current)].filter(isContainer));
  if (Array.isArray(within)) {
    const value = within.length > 0 && random.chance(0.5) ? within[0] : jsonJunk(random);
    within.push(value);
    return `a list has one more: ${shown(value)}`;
  }
  const key = random.pick(STRANGE_KEYS);
  const value = key === '__proto__' ? { polluted: true } : jsonJunk(random);
  setOwn(within, key, value);
  return `key ${JSON.stringify(key)} added: ${shown(value)}`;
};

const swap = onSpot((spot, random) => {
  // Not with what it holds: the value would hold itself.
  const inside = `/${spot.key}/`;
  const other = random.pick(spotsIn(spot.within).filter(({ path }) => !path.startsWith(inside)));
  const [a, b] = [current(spot), current(other)];
  put(spot, b);
  put(other, a);
  return `${spot.path} and ${other.path} swapped`;
});

const MUTATORS: readonly Mutator[] = [replace, replace, retype, numeric, remove, rename, addKey, swap];

/** One to three changes of a JSON value. */
export const mutateJson = (value: unknown, random: Random): Mutation<unknown> => {
  if (random.chance(0.06) || !isContainer(value)) {
    const all = jsonJunk(random);
    return { value: all, change: `all became ${shown(all)}` };
  }
  const root = structuredClone(value) as Container;
  const count = random.chance(0.75) ? 1 : 1 + random.below(3);
  const changes = Array.from({ length: count }, () => random.pick(MUTATORS)(root, random));
  return { value: root, change: changes.join('; ') };
};
