import type { Context, Probe, Stack, Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Twin } from './perturb';
import { inputOf, measuredSite, residualsOf } from './residuals';

/** What enters a stack, and the context its sub-layers are called in. */
interface Entry {
  readonly x: tf.Tensor3D;
  readonly context: Context;
}

/** Both networks at one place: `depth` 0 is the stack's input. Tensors live until the visitor returns. */
export interface Pair {
  /** Path of the sub-layer whose output it is, or of the stack. */
  readonly path: string;
  readonly stackPath: string;
  readonly depth: number;
  readonly original: tf.Tensor3D;
  readonly changed: tf.Tensor3D;
}

/**
 * Runs a model with its own weights and with changed ones side by side, sub-layer by sub-layer, so that both
 * streams [B, T, D] are there at every depth and none is kept. Each network costs one pass of its last stack and two
 * of what comes before it. `twin` has its original weights in place afterwards.
 */
export const lockstep = <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  twin: Twin,
  visit: (pair: Pair) => void,
): void => {
  twin.use('original');
  const originals = entries(model, batch);
  try {
    twin.use('changed');
    const changes = entries(model, batch);
    try {
      for (const [stackPath, stack] of Object.entries(model.stacks())) {
        const [original, changed] = [originals.get(stackPath), changes.get(stackPath)];
        if (original && changed) stepThrough(stack, stackPath, original, changed, twin, visit);
      }
    } finally {
      dispose(changes);
    }
  } finally {
    twin.use('original');
    dispose(originals);
  }
};

/** Thrown by the probe where every stack's input is known: the rest of the pass is of no use. */
class Complete extends Error {}

const entries = <Batch>(model: Stacked<Batch>, batch: Batch): Map<string, Entry> => {
  const sites = residualsOf(model, 'outputChange()');
  const count = Object.keys(model.stacks()).length;
  const found = new Map<string, Entry>();
  const probe: Probe = {
    join: (event) => {
      const { context } = event;
      const { stackPath, depth } = measuredSite(sites, event, 'outputChange()');
      if (depth > 1) return;
      found.set(stackPath, { x: tf.keep(tf.clone(inputOf(event))), context: kept(context) });
      if (found.size === count) throw new Complete();
    },
  };
  try {
    tf.tidy(() => {
      model.call(batch, { training: false, probe });
    });
  } catch (error) {
    if (!(error instanceof Complete)) {
      dispose(found);
      throw error;
    }
  }
  return found;
};

/** Without the probe, and with masks and memories that outlive the call. */
const kept = ({ probe: _, ...context }: Context): Context =>
  withTensors(context, (tensor) => tf.keep(tf.clone(tensor))) as Context;

/** The same with other tensors; of what it holds only plain records are gone through. */
const withTensors = (value: unknown, f: (tensor: tf.Tensor) => tf.Tensor): unknown => {
  if (value instanceof tf.Tensor) return f(value);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTensors(item, f)]));
};

const dispose = (found: ReadonlyMap<string, Entry>): void => {
  for (const { x, context } of found.values()) {
    x.dispose();
    withTensors(context, (tensor) => {
      tensor.dispose();
      return tensor;
    });
  }
};

const stepThrough = (
  stack: Stack,
  stackPath: string,
  original: Entry,
  changed: Entry,
  twin: Twin,
  visit: (pair: Pair) => void,
): void => {
  const enter = ({ x }: Entry): Streams => tf.tidy(() => stack.enter(x).map((stream) => tf.clone(stream)));
  let [one, other] = [enter(original), enter(changed)];
  const show = (path: string, depth: number): void => {
    tf.tidy(() =>
      visit({ path, stackPath, depth, original: stack.merge(one), changed: mergedWith('changed', other) }),
    );
  };
  // What makes one of several streams may have weights, which are changed as well.
  const mergedWith = (weights: 'original' | 'changed', streams: Streams): tf.Tensor3D => {
    if (stack.leave) twin.use(weights, stack.leave);
    const merged = stack.merge(streams);
    if (stack.leave) twin.use('original', stack.leave);
    return merged;
  };
  try {
    show(stackPath, 0);
    for (const [i, { path, subLayer }] of stack.subLayers().entries()) {
      const full = `${stackPath}.${path}`;
      const step = (streams: Streams, { context }: Entry): Streams =>
        tf.tidy(() => subLayer.step(streams, { ...context, path: full }).map((stream) => tf.clone(stream)));
      twin.use('original', subLayer);
      const next = step(one, original);
      tf.dispose(one);
      one = next;
      twin.use('changed', subLayer);
      const nextOther = step(other, changed);
      tf.dispose(other);
      other = nextOther;
      show(full, i + 1);
    }
  } finally {
    tf.dispose([...one, ...other]);
  }
};

type Streams = tf.Tensor3D[];
