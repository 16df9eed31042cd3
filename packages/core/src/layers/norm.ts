import { checkOneOf } from '../checks/errors';
import { LayerNorm } from './layerNorm';
import { RmsNorm } from './rmsNorm';
import { ScaleNorm } from './scaleNorm';

/** Which normalisation: 'layer' = LayerNorm, 'rms' = RmsNorm, 'scale' = ScaleNorm. */
export type NormKind = 'layer' | 'rms' | 'scale';

export type Norm = LayerNorm | RmsNorm | ScaleNorm;

const NORMS = { layer: LayerNorm, rms: RmsNorm, scale: ScaleNorm };

/** A norm of the kind a residual record names. */
export const normOf = (kind: NormKind, width: number): Norm => {
  return new NORMS[checkOneOf('norm', kind, Object.keys(NORMS) as NormKind[])](width);
};
