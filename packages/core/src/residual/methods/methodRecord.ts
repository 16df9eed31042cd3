import { check, isRecord } from '../../checks/errors';
import type { ResidualMethod } from '../residual';

/**
 * Throws unless it is a residual method, saying how a function becomes one, and a name, for which `near` stands. `where` is
 * what takes it.
 */
export const checkMethodRecord = (method: unknown, where: string, near = 'admin'): ResidualMethod => {
  const { name, plan, options } = Object(method) as Partial<ResidualMethod>;
  const valid = typeof name === 'string' && typeof plan === 'function' && isRecord(options);
  const next =
    typeof method === 'function' ? `Call it: ${method.name}().` : `Import ${near} and pass ${near}().`;
  check(valid, where, method, 'a residual method, such as admin() or postLN()', next);
  return method as ResidualMethod;
};
