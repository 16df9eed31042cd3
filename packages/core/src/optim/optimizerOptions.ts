import * as v from 'valibot';
import { isRecord } from '../checks/errors';
import { fields, parseAs, such } from '../checks/schema';
import type { ParameterGroup } from './groups';
import type { ProjectedParameters } from './projections';
import { isShard, type OptimizerShard } from './shard';

/** Memory of the caller's for an optimizer's flat arrays: threads that share it see every update. */
export interface OptimizerMemory {
  /** In the order of the optimizer's layout, [P]. */
  readonly parameters: Float32Array;
  /** Of what this optimizer updates: all, or its shard's stretch. */
  readonly m: Float32Array;
  readonly v: Float32Array;
  /** The values of frozen parameters. */
  readonly frozen: Float32Array;
}

/** Options of `Optimizer`. */
export interface OptimizerOptions {
  /** Parameters that are trained in a way of their own, or not at all. All others are trained as the rule says. */
  readonly groups?: readonly ParameterGroup[];
  /** What brings parameters back to where they belong after every update; frozen ones stay. Default none. */
  readonly projections?: readonly ProjectedParameters[];
  /** The share of the work, where others have the rest. Default: all of it. */
  readonly shard?: OptimizerShard;
  /** Takes the parameters' values; only a backend with the in-place kernels can. */
  readonly memory?: OptimizerMemory;
}

// Groups are checked with the parameters they belong to.
export const checkedOptions = (options: OptimizerOptions): OptimizerOptions =>
  parseAs(
    fields({
      groups: v.optional(such<readonly ParameterGroup[]>('a list of groups', Array.isArray), []),
      projections: v.optional(
        such<readonly ProjectedParameters[]>('a list of projections', Array.isArray),
        [],
      ),
      shard: v.optional(such<OptimizerShard>('{ stretch, gather }: two functions', isShard)),
      memory: v.optional(such<OptimizerMemory>('memory that threads share', isRecord)),
    }),
    options,
    'Optimizer',
  ) as OptimizerOptions;
