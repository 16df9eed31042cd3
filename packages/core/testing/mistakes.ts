import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { SteadyformerError } from '../src/checks/errors';
import type { Module } from '../src/state/module';

/** A mistake's name, the call that makes it, and what its one clear error says. */
export type Mistake = readonly [name: string, make: () => unknown, message: string];

/** Calls a function as JavaScript would, whatever its types say. */
export const call = (f: unknown, ...args: readonly unknown[]): unknown =>
  (f as (...all: never[]) => unknown)(...(args as never[]));

/** As `call`, for a class. */
export const construct = (f: unknown, ...args: readonly unknown[]): unknown =>
  new (f as new (...all: never[]) => object)(...(args as never[]));

/** Runs `f` on a model that is freed whatever happens. */
export const using = <M extends Module>(made: M, f: (model: M) => unknown): unknown => {
  try {
    return f(made);
  } finally {
    made.dispose();
  }
};

/** Every mistake is refused in words, and leaves no tensor but those made for it. */
export const refuses = (title: string, mistakes: readonly Mistake[]): void => {
  describe(title, () => {
    const cases = mistakes.map(([name, make, message]) => ({ name, make, message }));
    it.each(cases)('$name', ({ make, message }) => {
      const before = tf.memory().numTensors;
      let error: unknown;
      tf.tidy(() => {
        try {
          make();
        } catch (thrown) {
          error = thrown;
        }
      });
      expect(error).toBeInstanceOf(SteadyformerError);
      expect((error as Error).message).toContain(message);
      expect(tf.memory().numTensors).toBe(before);
    });
  });
};
