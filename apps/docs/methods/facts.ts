import { formulaOf, methodFrom, methods, type Scale, type SubLayerPlan } from '@steadyformer/core';
import { codeLines, type Docstring, docstringOf } from './docstring';
import { growthOf, type MethodGrowth } from './growth';
import { placesOf, type StartRow, starts } from './starts';
import { titleOf } from './titles';
import { type MethodTrainingFacts, trainingOf } from './training';
import { wiringOf } from './wiring';
import { wiringSvg } from './wiringSvg';

/** One way in which sub-layers of a method join their shortcut. */
export interface Join {
  /** Which sub-layers: '' for all. */
  readonly of: string;
  /** With names in place of numbers. */
  readonly formula: string;
  readonly svg: string;
}

/** All that a page says of a method, from the code. */
export interface MethodFacts {
  readonly name: string;
  readonly title: string;
  readonly doc: Docstring;
  readonly lines: number;
  readonly joins: readonly Join[];
  readonly starts: readonly StartRow[];
  /** Absent where theory does not know the method's norms. */
  readonly growth?: MethodGrowth | undefined;
  /** What it says of training; absent of methods that say nothing. */
  readonly training?: MethodTrainingFacts | undefined;
  /** Whether omega is set from data before training. */
  readonly profiled: boolean;
}

const named = (scale: Scale): Scale =>
  scale.kind === 'one' ? scale : { kind: 'scalar', initial: 'profiled' };

/** Stands for what a branch is multiplied by on its way to a stream, where that is no 1. */
const WRITTEN = 0.123;

const namedWeight = (weight: number): number => (weight === 0 || Math.abs(weight) === 1 ? weight : WRITTEN);

/** The formula of a record with omega, alpha and rho for their values. */
export const symbolic = ({ residual }: SubLayerPlan): string => {
  const { shortcutScale, branchScale, readScale, streams } = residual;
  return formulaOf({
    ...residual,
    shortcutScale: named(shortcutScale),
    branchScale: named(branchScale),
    ...(readScale ? { readScale: named(readScale) } : {}),
    ...(streams ? { streams: { ...streams, write: streams.write.map(namedWeight) } } : {}),
  })
    .formula.replaceAll('omega', 'ω')
    .replaceAll('alpha', 'α')
    .replaceAll('rho', 'ρ')
    .replaceAll(`${WRITTEN} `, 'c ')
    .replace(/x([12])/gu, (_, i: string) => (i === '1' ? 'x₁' : 'x₂'));
};

const SUB_LAYERS: Readonly<Record<string, string>> = {
  selfAttention: 'attention',
  crossAttention: 'attention',
  feedForward: 'feed-forward',
};

const KINDS = Object.keys(SUB_LAYERS).length;

const EXACT: Readonly<Record<string, string>> = {
  ...SUB_LAYERS,
  selfAttention: 'self-attention',
  crossAttention: 'cross-attention',
};

/** Kinds in words, exactly where a word for several would name others as well. */
const kindsIn = (kinds: ReadonlySet<string>, others: readonly ReadonlySet<string>[]): string => {
  const wordsOf = (of: ReadonlySet<string>, words = SUB_LAYERS): string =>
    [...new Set([...of].map((kind) => words[kind]!))].join(' and ');
  const same = others.filter((other) => wordsOf(other) === wordsOf(kinds));
  return wordsOf(kinds, same.length > 1 ? EXACT : SUB_LAYERS);
};

/** Blocks of the stacks whose joins are shown: enough for quarters. */
const BLOCKS = 12;

/** Which blocks, in words; '' for all. They follow each other. */
const blocksOf = (blocks: ReadonlySet<number>): string => {
  if (blocks.size === BLOCKS) return '';
  if (!blocks.has(0)) return 'later blocks';
  return blocks.size === 1 ? 'first block' : `first ${blocks.size} of ${BLOCKS} blocks`;
};

/** The joins of an encoder-decoder that differ in more than numbers. */
export const joinsOf = (name: string): readonly Join[] => {
  const method = methodFrom({ name });
  const found = new Map<string, { plan: SubLayerPlan; kinds: Set<string>; blocks: Set<number> }>();
  for (const place of Array.from({ length: BLOCKS }, (_, block) => placesOf(BLOCKS, block)).flat()) {
    const plan = method.plan(place);
    const key = JSON.stringify(wiringOf(plan));
    const group = found.get(key) ?? { plan, kinds: new Set<string>(), blocks: new Set<number>() };
    group.kinds.add(place.kind);
    group.blocks.add(place.block);
    found.set(key, group);
  }
  return [...found.values()].map(({ plan, kinds, blocks }) => {
    const all = [...found.values()].map((group) => group.kinds);
    const of = [blocksOf(blocks), kinds.size < KINDS ? kindsIn(kinds, all) : ''].filter(Boolean).join(', ');
    const formula = symbolic(plan);
    return { of, formula, svg: wiringSvg(wiringOf(plan), [titleOf(name), of].filter(Boolean).join(', ')) };
  });
};

export const factsOf = (name: string): MethodFacts => {
  const method = methodFrom({ name });
  const doc = docstringOf(name);
  return {
    name,
    title: titleOf(name),
    doc,
    lines: codeLines(doc.file),
    joins: joinsOf(name),
    starts: starts(method),
    growth: growthOf(method),
    training: trainingOf(method),
    profiled: placesOf(6).some((place) => {
      const { shortcutScale } = method.plan(place).residual;
      return 'initial' in shortcutScale && shortcutScale.initial === 'profiled';
    }),
  };
};

/** Every method of the code's own table. */
export const data = (): MethodFacts[] => Object.keys(methods).map(factsOf);
