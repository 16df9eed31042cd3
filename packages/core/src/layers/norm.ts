import { checkOneOf } from '../errors';
import type { NormKind } from '../residual/residual';
import { LayerNorm } from './layerNorm';
import { RmsNorm } from './rmsNorm';
import { ScaleNorm } from './scaleNorm';

export type Norm = LayerNorm | RmsNorm | ScaleNorm;

const makers: Readonly<Record<NormKind, (width: number) => Norm>> = {
  layer: (width) => new LayerNorm(width),
  rms: (width) => new RmsNorm(width),
  scale: (width) => new ScaleNorm(width),
};

/** A norm of the kind a residual record names. */
export const normOf = (kind: NormKind, width: number): Norm => {
  checkOneOf('norm', kind, ['layer', 'rms', 'scale']);
  return makers[kind](width);
};
