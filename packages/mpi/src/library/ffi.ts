import { createRequire } from 'node:module';
import type koffi from 'koffi';
import { MpiError, messageOf } from '../checks/errors';

/** koffi, which calls C functions. */
export type Ffi = typeof koffi;

/**
 * Loads koffi when it is first needed: its binary is an optional dependency of koffi's, and a program without it should get
 * a reason, not fail to start.
 *
 * @throws MpiError where it is missing
 */
export const loadFfi = (require: (name: string) => unknown = createRequire(import.meta.url)): Ffi => {
  try {
    return require('koffi') as Ffi;
  } catch (thrown) {
    throw new MpiError(
      `koffi has no binary for ${process.platform}/${process.arch} here: ${messageOf(thrown)}. Install without --omit=optional.`,
    );
  }
};
