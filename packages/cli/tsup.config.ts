import type { Options } from 'tsup';
import { library } from '../../tsup.config.base';

const config: Options = library([
  'src/index.ts',
  'src/bin/steadyformer.ts',
  'src/main/start.ts',
  'src/doctor/probe.ts',
]);

export default config;
