import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Frees now what nothing refers to. Arrays that lie outside V8's heap, such as initial weights that others have replaced,
 * would stay until it next sees need to look, which may be never: a thread that only waits makes no garbage.
 */
export const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc');
  try {
    const collect: unknown = runInNewContext('globalThis.gc');
    if (typeof collect === 'function') collect();
  } finally {
    if (!('gc' in globalThis)) setFlagsFromString('--no-expose-gc');
  }
};
