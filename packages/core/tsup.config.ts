import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

// The two backend lists are entries of their own: `#backends` of package.json picks one by condition. So is layersApi,
// as bundlers keep classes that extend tfjs's wherever they see them, but leave out a file. Rollup's pass imports tfjs
// once a file.
const config: Options = library(
  [
    'src/index.ts',
    'src/layersApi.ts',
    'src/node/index.ts',
    'src/backends.node.ts',
    'src/backends.browser.ts',
  ],
  { external: ['#backends', '#layersApi'], treeshake: true },
);

export default config;
