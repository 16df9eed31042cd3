import { defineConfig } from 'tsup';
import { library } from '../../tsup.config.base';

const config: ReturnType<typeof defineConfig> = defineConfig(library(['src/index.ts']));
export default config;
