import {
  adam,
  admin,
  adminConstant,
  attentionResiduals,
  b2t,
  constant,
  constantOmega,
  cosineDecay,
  deepScaleLM,
  denseFormer,
  dyT,
  embeddingSkips,
  hyperConnections,
  inverseSqrt,
  keel,
  layerNormScaling,
  layerScale,
  linearDecay,
  linearWarmup,
  manifoldHyperConnections,
  mixLN,
  normFormer,
  periLN,
  piecewiseConstant,
  polynomialDecay,
  type ResidualMethod,
  radam,
  randomStream,
  reorderedNorm,
  resiDual,
  rsqrtDecay,
  type Schedule,
  sgd,
  siameseNorm,
  skipInit,
  spanNorm,
  stepDecay,
  type UpdateRule,
  uMuP,
  valueResidual,
} from '@steadyformer/core';
import {
  type Domain,
  flag,
  listOf,
  needed,
  notNegative,
  oneOf,
  positive,
  rate,
  real,
  whole,
} from '../domains';
import { optionsReader, valueReader } from '../optionsReader';
import type { Reader } from '../reader';

/** Rates that a step could be made with. */
const finite = (schedule: Schedule): string | undefined =>
  [1, 2, 10, 1000, 1e7].every((update) => Number.isFinite(schedule(update)) && schedule(update) >= 0)
    ? undefined
    : 'its rates are not finite';

const steps = ({ coefficients }: UpdateRule): string | undefined => {
  const all = [1, 2, 10, 1e5].flatMap((update) => Object.values(coefficients(update, 1e-3)));
  return all.every((value) => typeof value === 'boolean' || Number.isFinite(value))
    ? undefined
    : 'its steps are not finite';
};

const decays = {
  peak: needed(positive(1e-3)),
  total: needed(whole(100, 2)),
  warmup: whole(10),
  floor: notNegative(0),
};
type Decay = { peak: number; total: number; warmup?: number; floor?: number };
const decaysTogether = ({ peak, total, warmup = 1, floor = 0 }: Decay): boolean =>
  total > warmup && floor <= peak;

const moments = {
  beta1: rate(0.9),
  beta2: rate(0.98),
  epsilon: positive(1e-8),
  weightDecay: notNegative(0.01),
};

const method = (
  name: string,
  options: Readonly<Record<string, Domain>>,
  make: (o: never) => ResidualMethod,
) => optionsReader({ name: `core: ${name}`, options, call: (given) => void make(given) });

export const training: readonly Reader[] = [
  optionsReader({ name: 'core: adam', options: moments, call: (o) => steps(adam(o)) }),
  optionsReader({
    name: 'core: radam',
    options: { ...moments, warmStart: oneOf('skip', 'momentum') },
    call: (o) => steps(radam(o)),
  }),
  optionsReader({
    name: 'core: sgd',
    options: { momentum: rate(0.9), weightDecay: notNegative(0.01) },
    call: (o) => steps(sgd(o)),
  }),
  optionsReader({
    name: 'core: inverseSqrt',
    options: { peak: needed(positive(1e-3)), warmup: needed(whole(10)), start: notNegative(1e-7) },
    call: (o) => finite(inverseSqrt(o)),
  }),
  optionsReader({
    name: 'core: linearDecay',
    options: decays,
    together: decaysTogether,
    call: (o) => finite(linearDecay(o)),
  }),
  optionsReader({
    name: 'core: cosineDecay',
    options: decays,
    together: decaysTogether,
    call: (o) => finite(cosineDecay(o)),
  }),
  optionsReader({
    name: 'core: polynomialDecay',
    options: { ...decays, power: positive(2) },
    together: decaysTogether,
    call: (o) => finite(polynomialDecay(o)),
  }),
  optionsReader({
    name: 'core: stepDecay',
    options: { peak: needed(positive(1e-3)), every: needed(whole(10)), factor: positive(0.5) },
    call: (o) => void stepDecay(o),
  }),
  optionsReader({
    name: 'core: piecewiseConstant',
    options: {
      boundaries: needed(listOf([10, 20], whole(1))),
      rates: needed(listOf([3, 2, 1], positive(1), 1)),
    },
    together: ({ boundaries, rates }: { boundaries: number[]; rates: number[] }) =>
      rates.length === boundaries.length + 1 &&
      boundaries.every((each, i) => i === 0 || each > boundaries[i - 1]!),
    call: (o) => finite(piecewiseConstant(o)),
  }),
  valueReader('core: linearWarmup', whole(10), (n) => finite(linearWarmup(n))),
  valueReader('core: rsqrtDecay', whole(10), (n) => finite(rsqrtDecay(n))),
  valueReader('core: constant', real(0.1), (n) =>
    Number.isFinite(constant(n)(1)) ? undefined : 'not finite',
  ),
  valueReader('core: constantOmega', whole(12), (n) => {
    const omega = constantOmega(n);
    return Number.isFinite(omega) ? undefined : `omega is ${omega}`;
  }),
  valueReader('core: randomStream', real(7), (seed) => {
    const draws = randomStream(seed).uniform(3);
    return draws.every((u) => u >= 0 && u < 1) ? undefined : 'draws outside [0, 1)';
  }),
  method('admin', { shape: oneOf('vector', 'scalar') }, admin),
  method(
    'adminConstant',
    { target: oneOf('logarithmic', 'constant', 'linear'), trainable: flag(true) },
    adminConstant,
  ),
  method('b2t', { scaledInit: flag(true) }, b2t),
  method('resiDual', { scale: positive(0.5) }, resiDual),
  method('siameseNorm', { norm: oneOf('rms', 'layer') }, siameseNorm),
  method(
    'hyperConnections',
    { streams: whole(3), dynamic: flag(true), norm: oneOf('rms', 'layer') },
    hyperConnections,
  ),
  method('manifoldHyperConnections', { streams: whole(3), steps: whole(20) }, manifoldHyperConnections),
  method('attentionResiduals', { blocks: whole(2), norm: oneOf('rms', 'layer') }, attentionResiduals),
  method('embeddingSkips', { trained: flag(false), norm: oneOf('rms', 'layer') }, embeddingSkips),
  method('denseFormer', { period: whole(2), norm: oneOf('rms', 'layer') }, denseFormer),
  method(
    'valueResidual',
    { own: real(0.5), first: real(0.5), trained: flag(false), norm: oneOf('rms', 'layer') },
    valueResidual,
  ),
  method(
    'deepScaleLM',
    { k: real(2), correlation: real(0.2), hiddenRatio: real(4), dropout: real(0.1) },
    deepScaleLM,
  ),
  method('dyT', { alpha: real(0.5), attentionAlpha: real(0.8) }, dyT),
  method('keel', { scaledFirstBlock: flag(true), norm: oneOf('rms', 'layer') }, keel),
  method('layerNormScaling', { norm: oneOf('rms', 'layer') }, layerNormScaling),
  method('layerScale', { initial: real(0.1) }, layerScale),
  method('mixLN', { fraction: real(0.25), norm: oneOf('rms', 'layer') }, mixLN),
  method('normFormer', { residualScale: flag(false) }, normFormer),
  method('periLN', { norm: oneOf('rms', 'layer') }, periLN),
  method('reorderedNorm', { norm: oneOf('rms', 'layer') }, reorderedNorm),
  method('skipInit', { initial: oneOf('zero', 'inverseSqrt'), preNorm: flag(true) }, skipInit),
  method('spanNorm', { norm: oneOf('rms', 'layer') }, spanNorm),
  method('uMuP', { residualMult: real(1), residualAttnRatio: real(1), norm: oneOf('rms', 'layer') }, uMuP),
];
