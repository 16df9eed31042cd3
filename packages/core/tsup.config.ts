import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

// The two backend lists are entries of their own: `#backends` of package.json picks one by condition.
const config: Options = library(
  ['src/index.ts', 'src/node/index.ts', 'src/backends.node.ts', 'src/backends.browser.ts'],
  { external: ['#backends'] },
);

export default config;
