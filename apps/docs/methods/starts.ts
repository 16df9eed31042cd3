import { predict } from '@steadyformer/analysis';
import { initialOf, type Place, type ResidualMethod } from '@steadyformer/core';

/** Blocks of each stack in the tables. */
export const DEPTHS = [6, 18, 60] as const;

const KINDS = {
  encoder: ['selfAttention', 'feedForward'],
  decoder: ['selfAttention', 'crossAttention', 'feedForward'],
  'language model': ['selfAttention', 'feedForward'],
} as const;
type StackName = keyof typeof KINDS;
const STACKS = Object.keys(KINDS) as StackName[];

/** Sub-layers of a block, the first unless told, of an encoder-decoder of this depth and of a language model. */
export const placesOf = (depth: number, block = 0): readonly (Place & { readonly stack: StackName })[] =>
  STACKS.flatMap((stack) =>
    KINDS[stack].map((kind, index) => ({
      ...{ stack, kind, depth, block, index: block * KINDS[stack].length + index },
      causal: stack !== 'encoder',
      reads: stack === 'decoder' ? { encoder: depth } : {},
      readBy: stack === 'encoder' ? { decoder: depth } : {},
      branches: depth * KINDS[stack].length,
      endsBlock: index === KINDS[stack].length - 1,
    })),
  );

const ROLES: Readonly<Record<string, readonly string[]>> = {
  selfAttention: ['query', 'key', 'value', 'output'],
  crossAttention: ['query', 'key', 'value', 'output'],
  feedForward: ['inner', 'outer'],
};

/** A number; of what a profile sets, the range that theory predicts. */
type Start = number | string;

const round = (x: number): string => String(Number(x.toPrecision(3)));

/** First and last omega that a profile gives, as predicted. */
const predictedOmega = (method: ResidualMethod, { stack, causal, reads, readBy, depth }: Place): string => {
  const block = KINDS[stack as StackName];
  const { branches } = predict({ method, stack, causal, reads, readBy, depth, block });
  return `${round(branches[0]!.omega)} to ${round(branches.at(-1)!.omega)}`;
};

/** What a sub-layer starts with, by what it is of; what is 1 may be left out. */
const startsAt = (method: ResidualMethod, place: Place): Readonly<Record<string, number | 'profiled'>> => {
  const { residual, initGains = {} } = method.plan(place);
  const gains = ROLES[place.kind]!.map((role) => [
    role,
    (initGains as Readonly<Record<string, number | undefined>>)[role] ?? 1,
  ]);
  const { shortcutScale, branchScale, readScale } = residual;
  const scales = Object.entries({ ω: shortcutScale, α: branchScale, ρ: readScale }).flatMap(
    ([symbol, scale]) => (scale === undefined || scale.kind === 'one' ? [] : [[symbol, initialOf(scale)]]),
  );
  const embeddings = method.embeddingGain ? [['embeddings', method.embeddingGain(place)]] : [];
  return Object.fromEntries([...scales, ...gains, ...embeddings]) as Record<string, number | 'profiled'>;
};

/** What the blocks of a stack start with: a number, or words where they differ. */
const inWords = (values: readonly number[]): Start => {
  const [first, second, last] = [values[0]!, values[1]!, values.at(-1)!];
  if (values.every((value) => value === first)) return first;
  const then = values.slice(1).every((value) => value === second);
  return `${round(first)}${then ? ', then' : ' to'} ${round(last)}`;
};

/** What all sub-layers of a place's kind and stack start with. */
const startsThrough = (method: ResidualMethod, place: Place): Readonly<Record<string, Start>> => {
  const { depth, stack, kind } = place;
  const blocks = Array.from({ length: depth }, (_, block) => {
    const same = placesOf(depth, block).find((other) => other.stack === stack && other.kind === kind)!;
    return startsAt(method, same);
  });
  const whats = new Set(blocks.flatMap((block) => Object.keys(block)));
  return Object.fromEntries(
    [...whats].map((what) => {
      const values = blocks.map((block) => block[what] ?? 1);
      const profiled = values.includes('profiled');
      return [what, profiled ? predictedOmega(method, place) : inWords(values as number[])];
    }),
  );
};

const SCALES = 'ωαρ';

/** One row of the table of starts. */
export interface StartRow {
  /** Of which scale, or of which weights as a factor on their usual start. */
  readonly what: string;
  readonly where: string;
  /** By depth. */
  readonly values: readonly Start[];
}

const KIND_NAMES: Readonly<Record<string, string>> = {
  selfAttention: 'self-attention',
  crossAttention: 'encoder-attention',
  feedForward: 'feed-forward',
};

const list = (items: readonly string[]): string =>
  items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;

/** Names sites by their stacks, and by their kinds where a stack has others of the same quantity. */
const whereOf = (own: readonly Place[], all: readonly Place[]): string => {
  if (own.length === all.length) return 'every stack';
  const kinds = new Set(own.map(({ kind }) => kind));
  if (own.length === all.filter(({ kind }) => kinds.has(kind)).length) {
    return `${list([...kinds].map((kind) => KIND_NAMES[kind]!))} of every stack`;
  }
  const names = STACKS.flatMap((stack) => {
    const [mine, every] = [own, all].map((places) => places.filter((place) => place.stack === stack)) as [
      Place[],
      Place[],
    ];
    if (mine.length === 0) return [];
    if (mine.length === every.length) return [stack];
    return [`${stack}'s ${list(mine.map(({ kind }) => KIND_NAMES[kind]!))}`];
  });
  return list(names);
};

/** What differs from 1 when training begins, by depth: rows of the same numbers are one. */
export const starts = (method: ResidualMethod): readonly StartRow[] => {
  const found = new Map<string, { whats: Set<string>; sites: Map<string, Place>; values: Start[] }>();
  const sitesOf = new Map<string, Place[]>();
  for (const place of placesOf(DEPTHS[0])) {
    const byDepth = DEPTHS.map((depth) =>
      startsThrough(
        method,
        placesOf(depth).find(({ stack, kind }) => stack === place.stack && kind === place.kind)!,
      ),
    );
    for (const what of Object.keys(byDepth[0]!)) {
      sitesOf.set(what, [...(sitesOf.get(what) ?? []), place]);
      const values = byDepth.map((starting) => starting[what] ?? 1);
      if (!SCALES.includes(what) && values.every((value) => value === 1)) continue;
      const key = `${SCALES.includes(what) ? what : 'weights'} ${what === 'embeddings'} ${values.join(' ')}`;
      const group = found.get(key) ?? { whats: new Set<string>(), sites: new Map<string, Place>(), values };
      group.whats.add(what);
      group.sites.set(`${place.stack} ${place.kind}`, place);
      found.set(key, group);
    }
  }
  return [...found.values()].map(({ whats, sites, values }) => {
    const [first = ''] = whats;
    const usual = SCALES.includes(first)
      ? placesOf(DEPTHS[0])
      : [...whats].flatMap((what) => sitesOf.get(what)!);
    const all = new Map(usual.map((place) => [`${place.stack} ${place.kind}`, place]));
    return {
      what: SCALES.includes(first) || first === 'embeddings' ? first : `${list([...whats])} weights`,
      where: whereOf([...sites.values()], [...all.values()]),
      values,
    };
  });
};
