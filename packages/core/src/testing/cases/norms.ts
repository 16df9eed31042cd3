import { composedAddLayerNorm, composedAddLayerNormGrad } from '../../ops/addLayerNorm';
import { composedLayerNorm, composedLayerNormGrad } from '../../ops/layerNorm';
import { composedRmsNorm, composedRmsNormGrad } from '../../ops/rmsNorm';
import { type Plain, type Plains, reals } from '../numbers';
import type { Spec } from '../spec';

type Norm = Spec<'SteadyLayerNorm'> | Spec<'SteadyLayerNormGrad'>;
type Join = Spec<'SteadyAddLayerNorm'> | Spec<'SteadyAddLayerNormGrad'>;

/** M, D. */
const SIZES = [
  [1, 4],
  [3, 5],
  [33, 70],
  [0, 4],
] as const;

const FORWARD = ['y', 'normalised', 'inverseDeviation'] as const;
const keep = ([, normalised, inverseDeviation]: readonly Plain[]): Plains => ({
  normalised: normalised!,
  inverseDeviation: inverseDeviation!,
});

const weightsOf = (width: number): { readonly gain: Plain; readonly bias: Plain } => ({
  gain: reals([width], 2),
  bias: reals([width], 3),
});

const normSpecs = (x: Plain, epsilon: number, what: string, within?: number): Norm[] => {
  const [m, d] = x.shape as [number, number];
  const inputs = { x, ...weightsOf(d) };
  const options = `[${m}, ${d}], epsilon ${epsilon}${what}`;
  const shared = { options, ...(within ? { within } : {}) };
  return [
    {
      ...shared,
      kernel: 'SteadyLayerNorm',
      inputs,
      attrs: { epsilon },
      composed: composedLayerNorm,
      outputs: FORWARD,
    },
    {
      ...shared,
      kernel: 'SteadyLayerNormGrad',
      inputs: { dy: reals([m, d], 4), gain: inputs.gain },
      attrs: {},
      composed: composedLayerNormGrad,
      outputs: ['dx', 'dGain', 'dBias'],
      saved: {
        kernel: 'SteadyLayerNorm',
        inputs,
        attrs: { epsilon },
        composed: (tensors) =>
          composedLayerNorm(tensors as Parameters<typeof composedLayerNorm>[0], { epsilon }),
        keep,
      },
    },
  ];
};

/** Rows about a mean of 30: one pass over sums of squares would lose it. */
const farFromZero = (): Plain => {
  const { data, shape } = reals([5, 64], 1);
  return { shape, data: data.map((value) => Math.fround(value + 30)) };
};

/** SteadyLayerNorm and its gradient. */
export const layerNormSpecs: () => Norm[] = () => [
  ...SIZES.flatMap(([m, d]) => [1e-5, 0.3].flatMap((epsilon) => normSpecs(reals([m, d], 1), epsilon, ''))),
  ...normSpecs(farFromZero(), 1e-5, ', far from zero', 5e-4),
  ...normSpecs({ shape: [2, 4], data: [3, 3, 3, 3, 1, 2, 3, 4] }, 1e-5, ', one row constant'),
];

const joinSpecs = (m: number, d: number, scaled: boolean): Join[] => {
  const epsilon = 1e-5;
  const omega: Plains = scaled ? { omega: reals([d], 6) } : {};
  const shortcut = reals([m, d], 1);
  const inputs: Plains = { shortcut, branch: reals([m, d], 5), ...weightsOf(d), ...omega };
  const options = `[${m}, ${d}], ${scaled ? 'with' : 'without'} omega`;
  const gradients = ['dBranch', 'dGain', 'dBias'];
  return [
    {
      options,
      kernel: 'SteadyAddLayerNorm',
      inputs,
      attrs: { epsilon },
      composed: composedAddLayerNorm,
      outputs: FORWARD,
    },
    {
      options,
      kernel: 'SteadyAddLayerNormGrad',
      inputs: { dy: reals([m, d], 4), gain: inputs.gain!, ...(scaled ? { shortcut, ...omega } : {}) },
      attrs: {},
      composed: composedAddLayerNormGrad,
      outputs: scaled ? [...gradients, 'dShortcut', 'dOmega'] : gradients,
      saved: {
        kernel: 'SteadyAddLayerNorm',
        inputs,
        attrs: { epsilon },
        composed: (tensors) =>
          composedAddLayerNorm(tensors as Parameters<typeof composedAddLayerNorm>[0], { epsilon }),
        keep,
      },
    },
  ];
};

/** SteadyAddLayerNorm and its gradient, with and without omega. */
export const addLayerNormSpecs: () => Join[] = () =>
  SIZES.flatMap(([m, d]) => [true, false].flatMap((scaled) => joinSpecs(m, d, scaled)));

/** SteadyRmsNorm and its gradient. */
export const rmsNormSpecs: () => (Spec<'SteadyRmsNorm'> | Spec<'SteadyRmsNormGrad'>)[] = () =>
  [1e-6, 0.3].flatMap((epsilon) =>
    SIZES.flatMap(([m, d]) => {
      const inputs = { x: reals([m, d], 1), gain: reals([d], 2) };
      const forward = {
        kernel: 'SteadyRmsNorm',
        inputs,
        attrs: { epsilon },
      } as const;
      const options = `[${m}, ${d}], epsilon ${epsilon}`;
      return [
        {
          ...forward,
          options,
          composed: composedRmsNorm,
          outputs: ['y', 'normalised', 'inverseRoot'],
        },
        {
          options,
          kernel: 'SteadyRmsNormGrad',
          inputs: { dy: reals([m, d], 4), gain: inputs.gain },
          attrs: {},
          composed: composedRmsNormGrad,
          outputs: ['dx', 'dGain'],
          saved: {
            ...forward,
            composed: (tensors) =>
              composedRmsNorm(tensors as Parameters<typeof composedRmsNorm>[0], { epsilon }),
            keep: ([, normalised, inverseRoot]) => ({
              normalised: normalised!,
              inverseRoot: inverseRoot!,
            }),
          },
        },
      ];
    }),
  );
