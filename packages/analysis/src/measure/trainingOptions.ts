import { adam, finite, such, type UpdateRule } from '@steadyformer/core';
import * as v from 'valibot';

/** The rule of an optimizer, by default Adam, among the options of a measurement that makes updates. */
export const ruleOption = (): v.GenericSchema<UpdateRule | undefined, UpdateRule> =>
  v.optional(
    such<UpdateRule>(
      'a rule, such as adam()',
      (value) => typeof (value as Partial<UpdateRule>)?.coefficients === 'function',
    ),
    () => adam(),
  );

export const above0 = (): v.GenericSchema<number, number> => finite('numbers > 0', (value) => value > 0);
