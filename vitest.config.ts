import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { PACKAGES } from './scripts/lib/packages.mjs';
import { Order } from './scripts/vitest/order.mjs';
import { sharedForks } from './scripts/vitest/sharedForks.mjs';

declare module 'vitest' {
  interface ProvidedContext {
    readonly backend: string;
  }
}

/** Tests read every workspace's `src`, never a build. */
const conditions = ['steadyformer-source', 'module', 'node', 'development|production'];

/** Projects whose test files share processes, one for each worker, and the backend on which each file begins. */
const SHARED: Readonly<Partial<Record<string, string>>> = {
  core: 'cpu',
  'admin-init': 'cpu',
  analysis: 'cpu',
  translate: 'cpu',
  'backend-onnxruntime': 'onnxruntime',
};

const leftAsFound = fileURLToPath(new URL('scripts/vitest/leftAsFound.mjs', import.meta.url));

/** Files on a backend from outside have a process each: once loaded, native code does not leave one. */
const shares = process.env.STEADYFORMER_TEST_BACKENDS === undefined;

const project = (name: string, root: string, backend = shares ? SHARED[name] : undefined) => ({
  extends: true as const,
  root,
  test: {
    name,
    ...(backend === undefined ? {} : { isolate: false, provide: { backend }, setupFiles: [leftAsFound] }),
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    environment: 'node' as const,
  },
});

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['steadyformer-source', 'node'] } },
  test: {
    pool: sharedForks,
    sequence: { sequencer: Order },
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
