import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

const config: Options = library(['src/index.ts']);

export default config;
