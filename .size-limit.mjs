// What a package adds to a page or a program: minified and compressed (brotli), without tfjs and without packages of
// ours below it. `npm run size` needs a build; a size above its limit fails. core's README quotes the first limit.

const TFJS = '@tensorflow/*';
const OURS = '@steadyformer/*';

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
  ...[
    { folder: 'core', limit: '25.5 kB' },
    { folder: 'admin-init', limit: '5.8 kB' },
    { folder: 'analysis', limit: '200 kB' },
    { folder: 'translate', limit: '26 kB' },
  ].map(({ folder, limit }) => ({
    name: `@steadyformer/${folder}`,
    path: entry(folder),
    ignore: [TFJS, OURS],
    limit,
  })),
  ...[
    { folder: 'backend-onnxruntime', limit: '21.5 kB' },
    { folder: 'backend-tensorflow', limit: '1.6 kB' },
  ].map(({ folder, limit }) => ({
    name: `@steadyformer/${folder}`,
    path: entry(folder),
    ignore: [TFJS, 'koffi'],
    limit,
    modifyEsbuildConfig: (/** @type {object} */ config) => ({ ...config, platform: 'node', format: 'esm' }),
  })),
  {
    name: 'steadyformer',
    path: entry('cli'),
    ignore: [TFJS, OURS, '@resvg/resvg-js', 'commander', 'valibot', 'vega', 'vega-lite'],
    limit: '14 kB',
    modifyEsbuildConfig: (/** @type {object} */ config) => ({ ...config, platform: 'node', format: 'esm' }),
  },
];

export default sizes;
