import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

const config: Options = library(['src/main.ts'], { dts: false });

export default config;
