// What a package adds to a page or a program: minified and compressed (brotli), without tfjs and without packages of
// ours below it. `npm run size` needs a build; a size above its limit fails. core's README quotes the first limit.
import { PACKAGES } from './scripts/lib/packages.mjs';

const TFJS = '@tensorflow/*';
const OURS = '@steadyformer/*';
/** What packages for Node alone stand on. */
const THEIRS = [
  'koffi',
  '@resvg/resvg-js',
  'commander',
  'fastify',
  'prom-client',
  'valibot',
  'vega',
  'vega-lite',
  'yaml',
];

/** Of the main entry of each package, by its folder. @type {Readonly<Record<string, string>>} */
const LIMITS = {
  core: '52.1 kB',
  'admin-init': '7.1 kB',
  translate: '36.5 kB',
  'backend-onnxruntime': '40.8 kB',
  'backend-tensorflow': '11.7 kB',
  mpi: '6.95 kB',
  cli: '53.2 kB',
};

const forNode = (/** @type {object} */ config) => ({ ...config, platform: 'node', format: 'esm' });

/** Leaves what is imported when it is needed (`await import`) to be counted on its own: what a page loads at first. */
const atFirst = {
  name: 'at first',
  /** @param {import('esbuild').PluginBuild} build */
  setup: (build) => {
    build.onResolve({ filter: /.*/ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/** @param {string} folder */
const entry = (folder) => `packages/${folder}/dist/index.js`;

/** @type {import('size-limit').SizeLimitConfig} */
const sizes = [
  {
    name: "import { Encoder, admin } from '@steadyformer/core'",
    path: entry('core'),
    import: '{ Encoder, admin }',
    ignore: [TFJS],
    limit: '14 kB',
  },
  {
    name: "import { admin } from '@steadyformer/core'",
    path: entry('core'),
    import: '{ admin }',
    ignore: [TFJS],
    limit: '2.5 kB',
  },
  ...PACKAGES.filter(({ folder }) => folder in LIMITS).map(({ folder, name, browserSafe }) => ({
    name,
    path: entry(folder),
    ignore: browserSafe ? [TFJS, OURS] : [TFJS, OURS, ...THEIRS],
    limit: LIMITS[folder] ?? '0 kB',
    ...(browserSafe ? {} : { modifyEsbuildConfig: forNode }),
  })),
  {
    name: '@steadyformer/translate/export, decoding included',
    path: 'packages/translate/dist/export/index.js',
    ignore: [TFJS, OURS],
    limit: '27.6 kB',
  },
  {
    name: '@steadyformer/analysis, what a page loads at first',
    path: entry('analysis'),
    ignore: [TFJS, OURS],
    limit: '40 kB',
    modifyEsbuildConfig: (/** @type {object} */ config) => ({ ...config, format: 'esm', plugins: [atFirst] }),
  },
  {
    name: '@steadyformer/analysis, what its first fit adds: mathjs',
    path: 'packages/analysis/dist/algebra-*.js',
    limit: '48 kB',
  },
];

export default sizes;
