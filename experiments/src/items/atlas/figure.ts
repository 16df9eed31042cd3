import type { VegaLiteSpec } from '@steadyformer/analysis';
import { curvesFigure } from '@steadyformer/analysis';
import type { Point } from './points';

export const figureOf = (_: readonly Point[]): VegaLiteSpec => curvesFigure({});
