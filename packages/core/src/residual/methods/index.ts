import { nearest, SteadyformerError } from '../../errors';
import type { ResidualMethod } from '../residual';
import { type AdminOptions, admin } from './admin';
import { type AdminConstantOptions, adminConstant } from './adminConstant';
import { postLN } from './postLN';
import { preLN } from './preLN';

/** A method as a config holds it. */
export interface MethodConfig {
  readonly name: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Makes a method from its JSON options. */
export type MethodFactory = (options: Readonly<Record<string, unknown>>) => ResidualMethod;

/** The methods a config may name. */
export const methods: Readonly<Record<string, MethodFactory>> = {
  postLN: () => postLN(),
  preLN: () => preLN(),
  admin: (options) => admin(options as AdminOptions),
  adminConstant: (options) => adminConstant(options as AdminConstantOptions),
};

/** The method a config names, from the built-in ones and the user's own. Throws on an unknown name. */
export const methodFrom = (
  config: MethodConfig,
  own: Readonly<Record<string, MethodFactory>> = {},
): ResidualMethod => {
  const known = { ...methods, ...own };
  const make = known[config.name];
  if (make) return make(config.options ?? {});
  const names = Object.keys(known);
  throw new SteadyformerError(
    `unknown residual method '${config.name}', did you mean '${nearest(config.name, names)}'? Allowed: ${names.join(', ')}.`,
  );
};
