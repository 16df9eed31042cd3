import * as tf from '@tensorflow/tfjs';
import { type FusedKernelName, KERNEL_GROUPS } from '../backend/contract';
import { hasKernel } from '../backend/kernels';
import { check } from '../checks/errors';
import { adamStepCases } from './cases/adamStep';
import { attentionSpecs } from './cases/attention';
import { crossEntropySpecs } from './cases/crossEntropy';
import { attentionStepSpecs, topLogitsSpecs } from './cases/decoding';
import { fixedLinearSpecs, fixedWeightCases } from './cases/fixedLinear';
import { memoryCases, sumCases } from './cases/inPlace';
import { linearIntoCases, linearSpecs } from './cases/linear';
import { addLayerNormSpecs, layerNormSpecs, rmsNormSpecs } from './cases/norms';
import { dropoutSpecs, embeddingSpecs, lengthSpecs } from './cases/rows';
import { withBackend } from './onBackend';
import { type AnySpec, caseOf, type KernelCase } from './spec';

/** Throws unless a backend of that name is registered with tfjs. */
export const checkRegistered = (where: string, backend: string): void => {
  const known = typeof backend === 'string' && tf.findBackendFactory(backend) !== null;
  check(
    known,
    where,
    backend,
    'the name of a backend that is registered with tfjs',
    'Import its package first.',
  );
};

/** Whether a backend offers what it offers of a group as a whole. */
const groupCase = (backend: string, group: readonly FusedKernelName[]): KernelCase => ({
  kernel: group[0]!,
  name: `${group.join(', ')}: registered together`,
  run: () =>
    withBackend(backend, async () => {
      hasKernel(group[0]!);
    }),
});

/**
 * The conformance of a backend's fused kernels to core's contract, as named cases for any test runner: every kernel that
 * is registered for the backend (register before asking), with every option, odd sizes, no rows, and what in-place
 * kernels owe. Numbers are held against the composed form on tfjs's cpu backend; no kernel may leave tensors or buffers
 * behind or change an input it does not own. Where the backend registers none of the kernels there are no cases: core
 * composes plain ops there, which `opCases` checks.
 *
 *     for (const { name, run } of kernelCases('mine')) it(name, run);
 *
 * @throws SteadyformerError on a backend that is not registered
 */
export const kernelCases = (backend: string): readonly KernelCase[] => {
  checkRegistered('kernelCases()', backend);
  const offered = (name: FusedKernelName): boolean => tf.getKernel(name, backend) != null;
  const specs: AnySpec[] = [
    ...linearSpecs(),
    ...fixedLinearSpecs(),
    ...layerNormSpecs(),
    ...addLayerNormSpecs(),
    ...rmsNormSpecs(),
    ...attentionSpecs(),
    ...attentionStepSpecs(),
    ...topLogitsSpecs(),
    ...crossEntropySpecs(),
    ...embeddingSpecs(),
    ...dropoutSpecs(),
    ...lengthSpecs(),
  ];
  return [
    ...KERNEL_GROUPS.filter((group) => group.some(offered)).map((group) => groupCase(backend, group)),
    ...[
      ...specs.map((spec) => caseOf(backend, spec)),
      ...linearIntoCases(backend),
      ...fixedWeightCases(backend),
      ...memoryCases(backend),
      ...sumCases(backend),
      ...adamStepCases(backend),
    ].filter(({ kernel }) => offered(kernel)),
  ];
};
