import type { Options } from 'tsup';

/**
 * The one build every package shares. Only options that tsdown names alike, so that a later move is a rename.
 * `external` stays empty: dependencies and peers are external by tsup's own rule.
 */
export const library = (entry: readonly string[], options: Options = {}): Options => ({
  entry: [...entry],
  format: ['esm'],
  // Types are checked by `npm run typecheck`; declarations need no types, as every export states its own.
  dts: { compilerOptions: { noCheck: true } },
  clean: true,
  sourcemap: true,
  target: 'es2022',
  splitting: true,
  ...options,
});
