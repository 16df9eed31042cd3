import { defineLoader } from 'vitepress';
import { fromSources } from '../scripts/fromSources';
import type { AtlasData } from './atlas.build';

declare const data: AtlasData;

export { data };

export default defineLoader({
  watch: ['../../../experiments/results/atlas.json', '../../../experiments/src/items/atlas/*.ts', './*.ts'],
  load: (): Promise<AtlasData> => fromSources<AtlasData>(new URL('./atlas.build.ts', import.meta.url)),
});
