import { check, isRecord, nearest } from '../../checks/errors';
import type { ResidualMethod } from '../residual';

/** The names of the built-in methods in JSON. The methods themselves are left to those who build from JSON. */
export const METHOD_NAMES = [
  'postLN',
  'preLN',
  'admin',
  'adminConstant',
  'reZero',
  'reZeroPostLN',
  'skipInit',
  'layerScale',
  'fixup',
  'tFixup',
  'deepNorm',
  'sandwich',
  'normFormer',
  'b2t',
  'subLN',
  'gpt2Scaling',
  'scaleNorm',
  'depthMuP',
  'completeP',
  'lipschitz',
] as const;

export type MethodName = (typeof METHOD_NAMES)[number];

/** Throws unless it is a residual method, saying how a name or a function becomes one. `where` is what takes it. */
export const checkMethod = (method: unknown, where: string): ResidualMethod => {
  const { name, plan, options } = Object(method) as Partial<ResidualMethod>;
  const valid = typeof name === 'string' && typeof plan === 'function' && isRecord(options);
  // Half of another name's letters are no longer that name misspelt.
  const near = (typeof method === 'string' && nearest(method, METHOD_NAMES, 0.5)) || 'admin';
  const next =
    typeof method === 'function' ? `Call it: ${method.name}().` : `Import ${near} and pass ${near}().`;
  check(valid, where, method, 'a residual method, such as admin() or postLN()', next);
  return method as ResidualMethod;
};
