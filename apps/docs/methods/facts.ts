import { formulaOf, methodFrom, methods, type Scale, type SubLayerPlan } from '@steadyformer/core';
import { codeLines, type Docstring, docstringOf } from './docstring';
import { growthOf, type MethodGrowth } from './growth';
import { placesOf, type StartRow, starts } from './starts';
import { titleOf } from './titles';
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
  readonly growth: MethodGrowth;
  /** Whether omega is set from data before training. */
  readonly profiled: boolean;
}

const named = (scale: Scale): Scale =>
  scale.kind === 'one' ? scale : { kind: 'scalar', initial: 'profiled' };

/** The formula of a record with omega, alpha and rho for their values. */
export const symbolic = ({ residual }: SubLayerPlan): string => {
  const { shortcutScale, branchScale, readScale } = residual;
  return formulaOf({
    ...residual,
    shortcutScale: named(shortcutScale),
    branchScale: named(branchScale),
    ...(readScale ? { readScale: named(readScale) } : {}),
  })
    .formula.replaceAll('omega', 'ω')
    .replaceAll('alpha', 'α')
    .replaceAll('rho', 'ρ')
    .replaceAll('x_block', 'x₀');
};

const SUB_LAYERS: Readonly<Record<string, string>> = {
  selfAttention: 'attention',
  crossAttention: 'attention',
  feedForward: 'feed-forward',
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
    group.kinds.add(SUB_LAYERS[place.kind]!);
    group.blocks.add(place.block);
    found.set(key, group);
  }
  return [...found.values()].map(({ plan, kinds, blocks }) => {
    const which = [...found.values()].filter((group) => blocksOf(group.blocks) === blocksOf(blocks));
    const of = [blocksOf(blocks), which.length > 1 ? [...kinds].join(' and ') : '']
      .filter(Boolean)
      .join(', ');
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
    profiled: placesOf(6).some((place) => {
      const { shortcutScale } = method.plan(place).residual;
      return 'initial' in shortcutScale && shortcutScale.initial === 'profiled';
    }),
  };
};

/** Every method of the code's own table. */
export const data = (): MethodFacts[] => Object.keys(methods).map(factsOf);
