import { anyRecord, type FromConfigOptions, fields, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from './schemas';

/** The residual methods and branches of the user's own that a model's config names. */
export type OwnParts = Omit<FromConfigOptions, 'seed'>;

const ownFields = () =>
  fields({
    methods: v.optional(anyRecord('residual methods by name')),
    modules: v.optional(anyRecord('branches by name')),
  } satisfies SchemasOf<OwnParts>);

/** @throws SteadyformerError on other keys: a seed, too, would have no effect, as weights are loaded. */
export const checkOwnParts = (where: string, own: OwnParts): void => {
  parseAs(ownFields(), own, where);
};
