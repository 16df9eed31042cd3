import { curvesFigure, type VegaLiteSpec } from '@steadyformer/analysis';
import { meanCurve } from '../../measure/learning';
import { panels } from '../../measure/panels';
import { ARCHITECTURES, NAMES } from './architectures';
import { networks, type Point } from './points';

/** Mean held-out perplexity over the updates, and the gradients' ratio of every network beside it. */
export const figureOf = (points: readonly Point[]): VegaLiteSpec => {
  const curves = Object.fromEntries(
    ARCHITECTURES.map((each) => [NAMES[each], meanCurve(networks(points, each))]),
  );
  const values = points.flatMap(({ architecture, encoderRatio, decoderRatio }) => [
    { architecture: NAMES[architecture], stack: 'encoder', ratio: encoderRatio },
    { architecture: NAMES[architecture], stack: 'decoder', ratio: decoderRatio },
  ]);
  const stack = { field: 'stack', type: 'nominal', sort: null, title: 'Stack' };
  const ratios: VegaLiteSpec = {
    width: 300,
    height: 300,
    title: 'Gradients before training',
    data: { values },
    mark: { type: 'point', filled: false, size: 70, strokeWidth: 1.8 },
    encoding: {
      x: {
        field: 'ratio',
        type: 'quantitative',
        title: '|dx_0| / |dx_N|',
        scale: { type: 'log', nice: false, padding: 12 },
      },
      y: { field: 'architecture', type: 'nominal', sort: null, title: null, axis: { labelLimit: 200 } },
      color: { ...stack, scale: { range: ['#0072B2', '#D55E00'] } },
      shape: stack,
    },
  };
  return panels([
    curvesFigure(curves, {
      title: 'Held-out text, encoder / decoder',
      label: 'Held-out perplexity, mean of networks',
    }),
    ratios,
  ]);
};
