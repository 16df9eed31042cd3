import { check } from '@steadyformer/core';
import type { Bpe } from '../subwords/bpe';

/** Whether `value` has a method of this name, its own or of its class. */
export const isMethod = (value: unknown, name: string): boolean =>
  value !== null &&
  value !== undefined &&
  typeof (Object(value) as Record<string, unknown>)[name] === 'function';

/** @throws SteadyformerError where it is no vocabulary. */
export const checkBpe = (what: string, value: Bpe): void =>
  check(
    ['encode', 'decode', 'normalise'].every((name) => isMethod(value, name)),
    what,
    value,
    'a Bpe, such as trainBpe(lines)',
  );
