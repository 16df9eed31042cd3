import { WATCH_THRESHOLDS, type WatchThresholds } from '@steadyformer/analysis';
import * as v from 'valibot';
import { METHODS } from '../../measure/methods';
import { FAULT_NAMES } from './faultNames';

/** What a threshold is held against. */
export type Kind = keyof WatchThresholds;
export const KINDS: readonly Kind[] = Object.keys(WATCH_THRESHOLDS) as Kind[];

const series = v.array(v.nullable(v.number()));

/** The training of one network. */
export const point = v.object({
  fault: v.picklist(FAULT_NAMES),
  method: v.picklist(METHODS),
  seed: v.number(),
  /** The first update that the fault acts on. */
  onset: v.number(),
  /** The updates that were looked at. */
  looks: v.array(v.number()),
  /** Held-out negative log-likelihood a token in nats after each of them; null where it is not finite. */
  heldOut: series,
  /** The update that was not finite, where one was; none followed. */
  stopped: v.nullable(v.number()),
  /** The worst value of each signal at each look; null where it had none. */
  signals: v.record(v.picklist(KINDS), series),
});
export type Point = v.InferOutput<typeof point>;
