import type { Options } from 'tsup';

/**
 * The one build every package shares. Only options that tsdown names alike, so that a later move is a rename.
 * `external` stays empty: dependencies and peers are external by tsup's own rule.
 */
export const library = (entry: readonly string[], options: Options = {}): Options => ({
  entry: [...entry],
  format: ['esm'],
  dts: true,
  clean: true,
  sourcemap: true,
  target: 'es2022',
  splitting: true,
  ...options,
});
