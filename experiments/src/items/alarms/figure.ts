import type { VegaLiteSpec } from '@steadyformer/analysis';
import { FRAME } from '../../measure/panels';
import type { Point } from './points';
export const figureOf = (_: readonly Point[]): VegaLiteSpec => ({
  ...FRAME,
  mark: 'point',
  data: { values: [] },
});
