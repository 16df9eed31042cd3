import util from 'node:util';

type Predicate = (value: unknown) => boolean;

/** The two functions of Node's `util` that tfjs-node 4.22 calls and that Node 23 removed. */
const REMOVED: Readonly<Record<'isNullOrUndefined' | 'isArray', Predicate>> = {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray,
};

/**
 * Puts `util.isNullOrUndefined` and `util.isArray` back where Node has removed them (23 and later). Without them
 * one-hot, top-k, TensorBoard and every op with a dtype argument of tfjs-node throw. Existing functions stay.
 *
 * @param target the object to complete: Node's own `util` unless a test passes another.
 * @returns the names that were missing.
 */
export const restoreUtil = (target: object = util): string[] => {
  const missing = Object.entries(REMOVED).filter(([name]) => !(name in target));
  for (const [name, value] of missing) {
    Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true });
  }
  return missing.map(([name]) => name);
};
