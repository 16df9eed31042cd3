import { SteadyformerError } from '@steadyformer/core';
import { shorten } from './parseAs';

/** A value of the wrong kind as a message names it: plain values as they are, others by their kind. */
const kindOf = (value: unknown): string => {
  if (typeof value === 'string') return `'${shorten(value)}'`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'function') return 'a function';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
};

/** An error about a value of the wrong kind. */
export const unfit = (what: string, value: unknown, allowed: string): SteadyformerError =>
  new SteadyformerError(`${what}: received ${kindOf(value)}, allowed ${allowed}.`);

/** Throws unless `value` is a list of texts; `what` names it. */
export const checkTexts = (what: string, value: unknown): readonly string[] => {
  if (!Array.isArray(value)) throw unfit(what, value, 'a list of texts');
  const wrong = value.findIndex((item) => typeof item !== 'string');
  if (wrong < 0) return value as readonly string[];
  throw unfit(`${what}[${wrong}]`, value[wrong], 'a text');
};

/** Throws unless `value` is a text. */
export const checkText = (what: string, value: unknown): string => {
  if (typeof value === 'string') return value;
  throw unfit(what, value, 'a text');
};
