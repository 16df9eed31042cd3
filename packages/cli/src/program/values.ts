import { finite, whole } from '@steadyformer/core';
import { InvalidArgumentError, Option } from 'commander';
import * as v from 'valibot';

/** An option's value as its schema has it. */
const argument =
  <T>(schema: v.GenericSchema<number, T>) =>
  (text: string): T => {
    // An empty text is 0 to JavaScript.
    const result = v.safeParse(schema, text.trim() === '' ? Number.NaN : Number(text));
    if (result.success) return result.output;
    throw new InvalidArgumentError(`allowed: ${result.issues[0].message}.`);
  };

/** Whole numbers >= 1. */
export const positiveWhole: (text: string) => number = argument(whole());

/** Whole numbers >= 2. */
export const atLeastTwo: (text: string) => number = argument(whole(2));

/** Whole numbers >= 0. */
export const fromZero: (text: string) => number = argument(whole(0));

/** Numbers above 0. */
export const positive: (text: string) => number = argument(finite('numbers > 0', (value) => value > 0));

/** Numbers >= 0. */
export const zeroOrMore: (text: string) => number = argument(finite('numbers >= 0', (value) => value >= 0));

/** For options that may be repeated: every value given. */
export const collected = (text: string, before: readonly string[]): readonly string[] => [...before, text];

/** The option that sets keys of a config, as `about` says. */
export const setOption = (about: string): Option =>
  new Option('-s, --set <key=value>', `${about}; may be repeated`).argParser(collected).default([]);
