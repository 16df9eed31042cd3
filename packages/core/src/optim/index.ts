import * as v from 'valibot';
import { entryOf } from '../checks/errors';
import { anyRecord, fields, parseAs, text } from '../checks/schema';
import { adam } from './adam';
import { type RAdamOptions, radam } from './radam';
import type { AdamOptions, UpdateRule } from './rule';
import { type SgdOptions, sgd } from './sgd';

/** An optimizer as a config holds it. */
export interface RuleConfig {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

const rules: Readonly<Record<string, (options: object) => UpdateRule>> = {
  adam: (options) => adam(options as AdamOptions),
  radam: (options) => radam(options as RAdamOptions),
  sgd: (options) => sgd(options as SgdOptions),
};

/** The rule a config names. Throws on an unknown name. */
export const ruleFrom = (config: RuleConfig): UpdateRule => {
  const schema = fields({ name: text(), options: v.optional(anyRecord(), {}) });
  const { name, options } = parseAs(schema, config, 'ruleFrom()');
  return entryOf(rules, name, 'optimizer')(options);
};
