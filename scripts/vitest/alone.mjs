import { readFileSync } from 'node:fs';

/**
 * What a test file says that needs its process as Node started it, or leaves it changed: modules or globals put in
 * another's place, backends that register themselves, settings of a backend that has not started.
 */
const MARKS =
  /\bvi\.(mock|doMock|stubGlobal|resetModules)\(|\bregisterBackend\(|\bconfigure\(|'@tensorflow\/tfjs-backend-|'@steadyformer\/backend-/;

/** @type {Map<string, boolean>} */
const known = new Map();

/**
 * Whether a test file has a process of its own. What else would have to is told so by `leftAsFound.mjs`.
 * @param {string} path
 */
export const runsAlone = (path) => {
  const alone = known.get(path) ?? MARKS.test(readFileSync(path, 'utf8'));
  known.set(path, alone);
  return alone;
};
