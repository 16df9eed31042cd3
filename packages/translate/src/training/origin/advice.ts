import type { SubLayer } from '@steadyformer/core';
import type { Finding } from './findings';

const short = (value: number): string =>
  Number.isFinite(value) ? `${Number(value.toPrecision(3))}` : `${value}`;

/** What of a sub-layer, or beside them, went wrong. */
const foundAt = ({ path, pass, what, norm, growth, parameter }: Finding): string => {
  const odd = Number.isFinite(norm) ? `has the norm ${short(norm)}` : 'is not finite';
  if (what === 'loss') return `every sub-layer's output is sound, the loss is ${short(norm)}`;
  if (what === 'parameter') return `the parameter ${parameter} ${odd} before the step begins`;
  const times = growth === undefined ? '' : `, ${short(growth)} times that of what it received`;
  const blamed = parameter === undefined ? '' : `; its parameter ${parameter} is so before the step begins`;
  if (pass === 'backward') return `the gradient at ${path} ${odd}${times}${blamed}`;
  return `the output of ${path} ${odd}${times}${blamed}`;
};

/** Whether the branch joins its shortcut before a norm, without a scale that was fitted to the depth. */
const isPostNorm = (subLayer: SubLayer | undefined): boolean =>
  subLayer?.after !== undefined && subLayer.residual.shortcutScale.kind === 'one';

/** What was found and what to try, in two sentences. */
export const adviceOn = (found: Finding, learningRate: number | undefined): string => {
  const rate = learningRate === undefined ? '' : ` (${short(learningRate)} at this update)`;
  const broken = found.parameter !== undefined;
  const first = broken
    ? 'Go back to a checkpoint in which it is sound'
    : 'Go on from the last good checkpoint';
  const tries = [
    `a lower peak learning rate${rate}`,
    'a longer warm-up',
    'clipNorm: 1',
    ...(isPostNorm(found.subLayer) ? ['method: admin'] : []),
  ];
  return `${foundAt(found)}. ${first}, and try ${tries.slice(0, -1).join(', ')} or ${tries.at(-1)}.`;
};
