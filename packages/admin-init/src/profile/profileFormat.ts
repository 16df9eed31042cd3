import {
  anyRecord,
  fields,
  finite,
  flag,
  isRecord,
  oneOf,
  parseAs,
  such,
  text,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';

/** How omega follows from variances: as in the authors' code, or to the letter of the paper. */
export type ProfileRule = 'reference' | 'paper';

/** What was measured at one residual branch. */
export interface BranchProfile {
  readonly path: string;
  /** Var[a_i]: pooled over tokens and features, dropout and branch scale included; mean over the batches. */
  readonly branchVariance: number;
  /** Standard error of branchVariance over the batches; null with one batch. */
  readonly branchVarianceError: number | null;
  /** Var[x_{i-1}] of the shortcut before its scale. */
  readonly inputVariance: number;
  /** What `initialize` sets. */
  readonly omega: number;
}

/** A profile is JSON: stacks by path, branches in forward order, and how it was made. */
export interface Profile {
  readonly format: 'steadyformer-profile';
  readonly version: 1;
  readonly rule: ProfileRule;
  readonly pads: 'masked' | 'counted';
  readonly dropout: boolean;
  readonly seed: number;
  /** The model's config: its kind, sizes, depths and dropout rates. Null for a model without one. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** [B, T, D] of the stream that entered each stack, batch by batch. */
  readonly shapes: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Real tokens of each batch, by stack; empty for a model that does not tell pads. */
  readonly tokens: Readonly<Record<string, readonly number[]>>;
  readonly stacks: Readonly<Record<string, readonly BranchProfile[]>>;
}

/** A record by stack, whose names are of the file's own choosing. */
const byStack = <T>(
  lists: v.GenericSchema<readonly T[]>,
): v.GenericSchema<Readonly<Record<string, readonly T[]>>> =>
  v.pipe(
    anyRecord('an object of lists, by stack') as v.GenericSchema<Readonly<Record<string, readonly T[]>>>,
    v.lazy((given) =>
      v.object(Object.fromEntries(Object.keys(Object(given)).map((stack) => [stack, lists]))),
    ),
  );

const list = <T>(items: v.GenericSchema<T>): v.GenericSchema<readonly T[]> => v.array(items, 'a list');

const aboveZero = finite('numbers > 0', (value) => value > 0);
const variance = finite('numbers >= 0', (value) => value >= 0);
const errorOrNull = such<number | null>(
  'numbers >= 0, or null',
  (value) => value === null || (Number.isFinite(value) && (value as number) >= 0),
);
const config = such<Profile['config']>('an object, or null', (value) => value === null || isRecord(value));
const rows = list(list(whole(0)));

/** What a profile is, as a schema: type, keys and messages. */
export const profileSchema: v.GenericSchema<Profile> = fields({
  format: oneOf(['steadyformer-profile']),
  version: such<1>('1', (value) => value === 1),
  rule: oneOf(['reference', 'paper']),
  pads: oneOf(['masked', 'counted']),
  dropout: flag(),
  seed: finite(),
  config,
  shapes: byStack(rows as v.GenericSchema<readonly (readonly number[])[]>),
  tokens: byStack(list(whole(0))),
  stacks: byStack(
    v.pipe(
      such<readonly BranchProfile[]>(
        'a list of one branch or more',
        (value) => Array.isArray(value) && value.length > 0,
      ),
      list(
        fields({
          path: text(),
          branchVariance: variance,
          branchVarianceError: errorOrNull,
          inputVariance: variance,
          omega: aboveZero,
        }),
      ),
    ),
  ),
});

/** The value as a profile. Throws where it does not follow `profileSchema`, naming the field. */
export const checkProfile = (value: unknown): Profile => {
  parseAs(profileSchema, value, 'profile');
  return value as Profile;
};
