import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { PACKAGES } from './scripts/lib/packages.mjs';

/** Tests read every workspace's `src`, never a build. */
const conditions = ['steadyformer-source', 'module', 'node', 'development|production'];

const project = (name: string, root: string) => ({
  extends: true as const,
  root,
  test: {
    name,
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    environment: 'node' as const,
  },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['steadyformer-source', 'node'] } },
  test: {
    pool: 'forks',
    // Vitest leaves a core free by default, half of a small machine.
    maxWorkers: availableParallelism(),
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      ...PACKAGES.map(({ folder }) => project(folder, `packages/${folder}`)),
      project('docs', 'apps/docs'),
      project('corpora', 'corpora'),
      project('examples', 'examples'),
      project('benchmarks', 'benchmarks'),
      project('experiments', 'experiments'),
      project('integration', 'tests'),
    ],
  },
});
