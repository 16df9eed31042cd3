import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

// The two backend lists are entries of their own: `#backends` of package.json picks one by condition. So is asLayer,
// as bundlers keep classes that extend tfjs's wherever they see them, but leave out a file. Rollup's pass imports tfjs
// once a file.
const config: Options = library(
  [
    'src/index.ts',
    'src/tfLayers/asLayer.ts',
    'src/node/index.ts',
    'src/pretrained/index.ts',
    'src/testing/index.ts',
    'src/backend/candidates.node.ts',
    'src/backend/candidates.browser.ts',
  ],
  { external: ['#backends', '#asLayer'], treeshake: true },
);

export default config;
