import { defineConfig } from 'tsup';
import { library } from '../../tsup.config.base';

const config: ReturnType<typeof defineConfig> = defineConfig(
  library(['src/index.ts', 'src/command/cli.ts', 'src/doctor/selfTest.ts']),
);
export default config;
