import { finite, oneOf, SteadyformerError, show, whole } from '@steadyformer/core';
import type * as v from 'valibot';
import type { Precision } from './outerExchange';
import type { OuterRule } from './outerStep';

/** How workers that learn by themselves come together now and then. */
export interface OuterSettings extends OuterRule {
  /** H, the updates of a worker's own from one outer step to the next. */
  readonly every: number;
  /** In what numbers a change is sent. */
  readonly precision: Precision;
  /** Updates of its own that a worker makes while changes are on their way; 0: it waits. Less than `every`. */
  readonly delay: number;
}

/** Schemas of what is said of outer steps, but for `every`. */
export const outerFields = (): {
  readonly [Name in Exclude<keyof OuterSettings, 'every'>]: v.GenericSchema<OuterSettings[Name]>;
} => ({
  rate: finite('numbers > 0', (rate) => rate > 0),
  momentum: finite('numbers in [0, 1)', (momentum) => momentum >= 0 && momentum < 1),
  precision: oneOf<Precision>(['float32', 'int8']),
  delay: whole(0),
});

/** @throws SteadyformerError where a change would still be on its way at the next outer step */
export const checkDelay = ({ every, delay }: OuterSettings, where: string): void => {
  if (delay < every) return;
  throw new SteadyformerError(
    `${where}.delay: received ${show(delay)}, allowed whole numbers below every, ${every}: a change has to have arrived before the next is sent.`,
  );
};
