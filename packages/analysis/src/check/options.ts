import {
  callback,
  checkedBy,
  checkList,
  checkNumber,
  fields,
  invalidArgument,
  oneOf,
  parseAs,
  text,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { CheckedChange } from './measureDepths';

/** Options of `depthCheck`. */
export interface DepthCheckOptions<Batch> {
  /** Networks drawn, one a seed. Default [1, 2, 3, 4, 5]: single narrow networks scatter by a fifth. */
  readonly seeds?: readonly number[];
  /** The change of the weights. Default signs of size 1e-4. */
  readonly change?: CheckedChange<Batch>;
  /**
   * 'prefixes' measures every depth in one pass of the deepest network, 'separate' builds one a depth. Default:
   * prefixes where the records do not depend on the depth.
   */
  readonly networks?: 'prefixes' | 'separate';
  /** Path of the stack to check. Default the first. */
  readonly stack?: string;
  /** Called after each network with how many are done, and of how many. */
  readonly onNetwork?: (done: number, total: number) => void;
}

/** The options as they were given, checked. */
export const checkedOptions = <Batch>(
  options: DepthCheckOptions<Batch>,
  where: string,
): DepthCheckOptions<Batch> => {
  const schema = fields({
    seeds: v.optional(checkedBy(checkSeeds)),
    // What a change may be is said where it is made.
    change: v.optional(v.any()),
    networks: v.optional(oneOf(['prefixes', 'separate'])),
    stack: v.optional(text()),
    onNetwork: v.optional(callback<NonNullable<DepthCheckOptions<Batch>['onNetwork']>>()),
  });
  parseAs(schema, options, where);
  return options;
};

/** Throws unless a law can be fitted through such depths, in blocks. */
export const checkDepths = (depths: readonly number[]): void => {
  checkList('depthCheck() depths', depths, '4 or more increasing whole numbers >= 1');
  const wrong = depths.some((n, i) => !Number.isInteger(n) || n <= (i === 0 ? 0 : depths[i - 1]!));
  if (!wrong && depths.length >= 4) return;
  throw invalidArgument({
    what: 'depthCheck() depths',
    received: depths,
    allowed: '4 or more increasing whole numbers >= 1',
    next: 'A law needs several depths; 12 from 2 to 64 are a good picture.',
  });
};

/** Every seed is a network: one that comes twice would count as two. */
export const checkSeeds = (seeds: readonly number[]): void => {
  checkList('depthCheck() seeds', seeds, 'a list of numbers');
  for (const [i, seed] of seeds.entries()) checkNumber(`depthCheck() seeds[${i}]`, seed);
  if (seeds.length > 0 && new Set(seeds).size === seeds.length) return;
  throw invalidArgument({
    what: 'depthCheck() seeds',
    received: seeds,
    allowed: 'one seed or more, each of them once',
    next: 'A verdict needs several networks; 5 or more seeds are a good start.',
  });
};
