import type * as tf from '@tensorflow/tfjs';
import type { AdamStepAttrs } from '../../backend/attributes';
import { REFERENCE_BACKEND } from '../../backend/contract';
import { runKernel } from '../../backend/kernels';
import { stepComposed } from '../../optim/adamStep';
import { checkClose, noise, type Plain, plainOf } from '../numbers';
import { tensorsOf, withBackend } from '../onBackend';
import { type KernelCase, named, WITHIN } from '../spec';
import { checkEmpty, keepsWhatIsHeld, sceneCase } from './inPlace';

const BASE: AdamStepAttrs = {
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  stepSize: 0.01,
  rootScale: 1.3,
  adaptive: true,
  decay: 1,
  l2: 0,
  gradientScale: 1,
};

const { NaN: NAN, POSITIVE_INFINITY: INFINITE } = Number;

interface Form {
  readonly attrs?: Partial<AdamStepAttrs>;
  readonly size?: number;
  /** Moments to start with; default those of a few steps. */
  readonly m?: readonly number[];
  readonly v?: readonly number[];
}

const FORMS: Readonly<Record<string, Form>> = {
  'as Adam': {},
  'of one parameter': { size: 1 },
  'of many parameters': { size: 40_003 },
  'with decay': { attrs: { decay: 0.9 } },
  'with l2': { attrs: { l2: 0.1 } },
  'with a scaled gradient and l2': { attrs: { gradientScale: 0.25, l2: 0.1 } },
  'with a large epsilon': { attrs: { epsilon: 0.5 } },
  'not adaptive': { attrs: { adaptive: false, decay: 0.9, gradientScale: 2 } },
  'without momentum, first moments NaN': { size: 3, attrs: { beta1: 0 }, m: [NAN, INFINITE, 1] },
  'without second moments, those kept infinite': { size: 3, attrs: { beta2: 0 }, v: [INFINITE, INFINITE, 1] },
  'of size 0, moments NaN': { size: 3, attrs: { stepSize: 0 }, m: [NAN, NAN, 1] },
};

type State = Readonly<Record<'parameters' | 'm' | 'v', Plain>>;
const NAMES = ['parameters', 'm', 'v'] as const;

/** Parameters and moments after a step of one form by `step`, on the active backend, and the gradient unchanged. */
const steps = async (
  { size = 13, attrs = {}, m, v }: Form,
  step: (inputs: Record<string, tf.Tensor1D>, attrs: AdamStepAttrs) => Promise<void>,
): Promise<State> => {
  const plain = (data: readonly number[]): Plain => ({ shape: [size], data });
  const gradient = plain(noise(size, 4));
  const tensors = tensorsOf({
    parameters: plain(noise(size, 1)),
    m: plain(m ?? noise(size, 2, 0.1)),
    v: plain(v ?? noise(size, 3, 0.1).map(Math.abs)),
    gradient,
  }) as Record<string, tf.Tensor1D>;
  try {
    await step(tensors, { ...BASE, ...attrs });
    checkClose('the gradient after the step', await plainOf(tensors.gradient!), gradient, 0);
    const [parameters, first, second] = await Promise.all(NAMES.map((name) => plainOf(tensors[name]!)));
    return { parameters: parameters!, m: first!, v: second! };
  } finally {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  }
};

const inPlace = async (inputs: Record<string, tf.Tensor1D>, attrs: AdamStepAttrs): Promise<void> => {
  const { parameters, gradient, m, v } = inputs;
  const out = runKernel(
    'SteadyAdamStep',
    { parameters: parameters!, gradient: gradient!, m: m!, v: v! },
    attrs,
  );
  checkEmpty('SteadyAdamStep', out);
};

/** The state after the composed step. */
const composed = async (inputs: Record<string, tf.Tensor1D>, attrs: AdamStepAttrs): Promise<State> => {
  const { parameters, gradient, m, v } = inputs;
  const state = { parameters: parameters!, m: m!, v: v! };
  const next = stepComposed(state, gradient!, [{ from: 0, to: gradient!.size, attrs }]);
  const [p, first, second] = await Promise.all([next.parameters, next.m, next.v].map(plainOf));
  for (const tensor of Object.values(next)) tensor.dispose();
  return { parameters: p!, m: first!, v: second! };
};

const stepCase = (backend: string, options: string, form: Form): KernelCase => {
  const name = `SteadyAdamStep: ${options}`;
  return named('SteadyAdamStep', name, async () => {
    let expected: State | undefined;
    await withBackend(REFERENCE_BACKEND, () =>
      steps(form, async (inputs, attrs) => {
        expected = await composed(inputs, attrs);
      }),
    );
    const received = await withBackend(backend, () => steps(form, inPlace));
    for (const key of NAMES) checkClose(key, received[key], expected![key], WITHIN);
  });
};

/** Subtracts 1 from every parameter whose gradient is 1. */
const MINUS_ONE: AdamStepAttrs = { ...BASE, beta1: 0, beta2: 0, stepSize: 1, adaptive: false };

/** SteadyAdamStep. */
export const adamStepCases = (backend: string): KernelCase[] => [
  ...Object.entries(FORMS).map(([options, form]) => stepCase(backend, options, form)),
  sceneCase(
    backend,
    'SteadyAdamStep',
    'of a buffer is seen by its views at once, and changes nothing that was read or cloned of them',
    async (scene) => {
      const flat = scene.make([0, 1, 2, 3, 4, 5, 6, 7]) as tf.Tensor1D;
      const view = scene.view(flat, 1, [2, 3]);
      const [gradient, m, v] = [1, 0, 0].map((x) => scene.make(new Array(8).fill(x)) as tf.Tensor1D);
      const write = (): void =>
        checkEmpty(
          'SteadyAdamStep',
          runKernel('SteadyAdamStep', { parameters: flat, gradient: gradient!, m: m!, v: v! }, MINUS_ONE),
        );
      for (const less of [0, 1]) {
        const numbers = (by: number): number[] => [1, 2, 3, 4, 5, 6].map((x) => x - by);
        await keepsWhatIsHeld(scene, view, numbers(less), write, numbers(less + 1));
      }
      await scene.holds('the first moments', m!, new Array(8).fill(1));
      await scene.holds('the gradient', gradient!, new Array(8).fill(1));
    },
  ),
];
