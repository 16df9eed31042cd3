import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

const config: Options = library(['src/index.ts', 'src/node/index.ts', 'src/node/cli.ts']);

export default config;
