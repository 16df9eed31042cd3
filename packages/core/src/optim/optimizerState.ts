import type * as v from 'valibot';
import { SteadyformerError } from '../checks/errors';
import { fields, parseAs, such, whole } from '../checks/schema';
import { scalarCount } from '../state/flat';
import type { NamedParameter } from '../state/module';
import { type Layout, rearrange } from './layout';

/** The state of an optimizer, as checkpoints hold it. */
export interface OptimizerState {
  readonly updates: number;
  /** First and second moments of all parameters, frozen ones too, end to end in the order given. */
  readonly m: Float32Array;
  readonly v: Float32Array;
}

export type Moments = Omit<OptimizerState, 'updates'>;

const moment = (): v.CustomSchema<Float32Array, string> =>
  such('a Float32Array', (value) => value instanceof Float32Array);
const stateSchema = (): v.GenericSchema<OptimizerState> =>
  fields({ updates: whole(0), m: moment(), v: moment() });

/** The moments of all parameters, from those in the order of the flat arrays and those of frozen ones. */
export const momentsOfAll = (
  { all, flat, frozen }: Layout,
  trained: Float32Array,
  resting: Float32Array | undefined,
): Float32Array => {
  const moments = new Float32Array(scalarCount(all));
  rearrange(trained, flat, moments, all);
  if (resting) rearrange(resting, frozen, moments, all);
  return moments;
};

/**
 * A state taken apart: the moments in the order of the flat arrays, and those of frozen parameters where there are some.
 *
 * @throws SteadyformerError where it belongs to another number of parameters
 */
export const stateParts = (
  { all, flat, frozen }: Layout,
  state: OptimizerState,
): { readonly updates: number; readonly flat: Moments; readonly resting: Moments | undefined } => {
  const { updates, m, v } = parseAs(stateSchema(), state, 'state of Optimizer.restore()');
  const size = scalarCount(all);
  if (m.length !== size || v.length !== size) {
    throw new SteadyformerError(
      `Optimizer.restore: state of ${m.length} and ${v.length} numbers received, the parameters have ${size}`,
    );
  }
  const part = (moments: Float32Array, to: readonly NamedParameter[]): Float32Array => {
    const own = new Float32Array(scalarCount(to));
    rearrange(moments, all, own, to);
    return own;
  };
  const parts = (to: readonly NamedParameter[]): Moments => ({ m: part(m, to), v: part(v, to) });
  return { updates, flat: parts(flat), resting: frozen.length > 0 ? parts(frozen) : undefined };
};
