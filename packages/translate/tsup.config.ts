import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

// A replica's thread starts from a file of its own.
const config: Options = library([
  'src/index.ts',
  'src/export/index.ts',
  'src/node/index.ts',
  'src/node/replica.ts',
  'src/node/translator.ts',
]);

export default config;
