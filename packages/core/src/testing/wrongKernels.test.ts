import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  flat,
  KEY,
  type Mistake,
  noOutput,
  off,
  onCopyOf,
  option,
  remembers,
  without,
  writes,
  zeroTimes,
} from '../../testing/kernelMistakes';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { type FusedKernelName, KERNEL_GROUPS } from '../backend/contract';
import { selectBackend } from '../backend/select';
import { SteadyformerError } from '../checks/errors';
import { kernelCases } from './kernelCases';

// The conformance sees every kernel that is wrong: the reference kernels, each with one mistake.

let undo = (): void => {};
beforeAll(() => selectBackend('cpu'));
afterEach(() => undo());

/** What the first case says that finds a kernel's mistake. */
const complaint = async (name: FusedKernelName, mistake: Mistake): Promise<string | undefined> => {
  undo = registerReferenceKernels(() => {}, undefined, { [name]: mistake });
  for (const { kernel, name: title, run } of kernelCases('cpu')) {
    if (kernel !== name) continue;
    try {
      await run();
    } catch (error) {
      expect(error).toBeInstanceOf(SteadyformerError);
      expect((error as Error).message.startsWith(`${title}: `)).toBe(true);
      return (error as Error).message;
    }
  }
  return undefined;
};

const MISTAKES: Readonly<Record<FusedKernelName, Readonly<Record<string, Mistake>>>> = {
  SteadyLinear: {
    'no activation': option(['activation', 'none']),
    'relu for gelu': (kernel) => (inputs, attrs) => {
      const [y] = kernel(inputs, {
        ...attrs,
        activation: attrs.activation === 'gelu' ? 'relu' : attrs.activation,
      });
      return [y!, y!];
    },
    'no bias': without('bias'),
    'y off': off(0),
    'preactivation off': off(1),
    flat: flat,
    'writes x': writes('x'),
  },
  SteadyFixedLinear: {
    'no activation': option(['activation', 'none']),
    'no bias': without('bias'),
    'y off': off(0),
    flat: flat,
    'writes x': writes('x'),
    'the first weight for all of its shape': remembers(({ shape }) => `${shape}`),
    'a weight as it was first read': remembers(({ values }) => values),
  },
  SteadyLinearGrad: {
    'no activation': option(['activation', 'none']),
    'no dBias': option(['bias', false]),
    'dx off': off(0),
    'dWeight off': off(1),
    'dBias off': off(2),
    'dWeight written nowhere': (kernel) => (inputs, attrs) => {
      const { into, ...others } = inputs;
      const [dx, dWeight, ...rest] = kernel(others, attrs);
      return [dx!, into ? { values: new Float32Array(0), shape: [0] } : dWeight!, ...rest];
    },
    'writes dy': writes('dy'),
  },
  SteadyLayerNorm: {
    'epsilon of its own': option(['epsilon', 1e-3]),
    'y off': off(0),
    'normalised off': off(1),
    'inverseDeviation off': off(2),
    'inverseDeviation flat': flat,
  },
  SteadyLayerNormGrad: { 'dx off': off(0), 'dGain off': off(1), 'dBias off': off(2) },
  SteadyAddLayerNorm: {
    'epsilon of its own': option(['epsilon', 1e-3]),
    'no omega': without('omega'),
    'y off': off(0),
    'normalised off': off(1),
    'inverseDeviation off': off(2),
  },
  SteadyAddLayerNormGrad: {
    'no omega': without('omega'),
    'dBranch off': off(0),
    'dGain off': off(1),
    'dBias off': off(2),
    'dShortcut off': off(3),
    'dOmega off': off(4),
  },
  SteadyRmsNorm: {
    'epsilon of its own': option(['epsilon', 1e-3]),
    'y off': off(0),
    'normalised off': off(1),
    'inverseRoot off': off(2),
    'inverseRoot flat': flat,
  },
  SteadyRmsNormGrad: { 'dx off': off(0), 'dGain off': off(1), 'writes dy': writes('dy') },
  SteadyAttention: {
    'no mask': without('mask'),
    'not causal': option(['causal', false]),
    'no dropout': option(['dropoutRate', 0]),
    'bits of its own': option(['dropoutKey', KEY]),
    'scale of its own': option(['scale', 1]),
    'y off': off(0),
    'writes the query': writes('query'),
  },
  SteadyAttentionGrad: {
    'no dropout': option(['dropoutRate', 0]),
    'bits of its own': option(['dropoutKey', KEY]),
    'scale of its own': option(['scale', 1]),
    'dQuery off': off(0),
    'dKeyValue off': off(1),
    'probabilities of one half': (kernel) => (inputs, attrs) => {
      const { shape, values } = inputs.saved!;
      return kernel({ ...inputs, saved: { shape, values: values.map(() => 0.5) } }, attrs);
    },
  },
  SteadyAttentionStep: {
    'no mask': without('mask'),
    'scale of its own': option(['scale', 1]),
    'a mask a row': option(['maskRows', [0, 1, 0, 1]]),
    'rows as they lie': (kernel) => (inputs, attrs) =>
      kernel(inputs, { ...attrs, rows: (attrs.rows as number[][]).map((of) => of.map((_, i) => i % 2)) }),
    'y off': off(0),
    'writes the query': writes('query'),
  },
  SteadyTopLogits: {
    'one less': (kernel) => (inputs, attrs) =>
      kernel(inputs, attrs).map(({ values, shape }) => ({
        values: values.slice(0, -1),
        shape: [shape[0]! - 1],
      })),
    'values off': off(0),
    'indices off': (kernel) => (inputs, attrs) =>
      kernel(inputs, attrs).map((out, i) =>
        i === 1 ? { ...out, values: out.values.map((at) => at + 1) } : out,
      ),
    'mass off': off(2),
    'writes the logits': writes('logits'),
  },
  SteadySoftmaxCrossEntropy: {
    'no smoothing': option(['smoothing', 0]),
    'loss off': off(0),
    'nll off': off(1),
    'logNormaliser off': off(2),
  },
  SteadySoftmaxCrossEntropyGrad: {
    'no smoothing': option(['smoothing', 0]),
    'dLogits off': off(0),
    'rows without weight count': (kernel) => (inputs, attrs) => {
      const { values, shape } = inputs.dLoss!;
      return kernel({ ...inputs, dLoss: { shape, values: values.map((d) => d || 1e-9) } }, attrs);
    },
  },
  SteadyEmbeddingGrad: {
    'dWeight off': off(0),
    'the last of one id counts alone': (kernel) => (inputs, attrs) => {
      const { values, shape } = inputs.dy!;
      const ids = Array.from(inputs.ids!.values);
      const width = shape[1]!;
      const last = values.map((d, at) =>
        ids.lastIndexOf(ids[(at / width) | 0]!) === ((at / width) | 0) ? d : 0,
      );
      return kernel({ ...inputs, dy: { values: last, shape } }, attrs);
    },
  },
  SteadyDropout: {
    'nothing dropped': option(['rate', 0]),
    'bits of its own': option(['key', KEY]),
    'y off': off(0),
    'multiplied by 0': (kernel) => (inputs, attrs) =>
      kernel(inputs, attrs).map((out) => ({
        ...out,
        values: out.values.map((y, i) => y + 0 * inputs.x!.values[i]!),
      })),
  },
  SteadyView: {
    'a copy': (kernel) => (inputs, attrs) =>
      kernel(inputs, attrs).map((out) => ({ ...out, values: out.values.slice() })),
    'from the start': option(['offset', 0]),
    flat,
  },
  SteadyCopy: {
    'writes nothing': onCopyOf('destination'),
    'one number short': (kernel) => (inputs, attrs) => {
      const { values, shape } = inputs.source!;
      const [to] = [inputs.destination!.values];
      const last = to.at(-1) ?? 0;
      const out = kernel({ ...inputs, source: { values, shape } }, attrs);
      if (to.length > 0) to[to.length - 1] = last;
      return out;
    },
    'an output of one number': noOutput,
  },
  SteadyAdamStep: {
    'writes no parameters': onCopyOf('parameters'),
    'writes no first moments': onCopyOf('m'),
    'writes no second moments': onCopyOf('v'),
    'writes the gradient': writes('gradient'),
    'no decay': option(['decay', 1]),
    'no l2': option(['l2', 0]),
    'no epsilon': option(['epsilon', 0]),
    'gradient as it comes': option(['gradientScale', 1]),
    'always adaptive': option(['adaptive', true]),
    'no root scale': option(['rootScale', 1]),
    'times a zero': zeroTimes,
    'an output of one number': noOutput,
  },
  SteadyNorm: { 'norm off': off(0), 'norm of one axis': noOutput, 'writes x': writes('x') },
  SteadyAddInto: {
    'writes nothing': onCopyOf('sum'),
    'writes x': writes('x'),
    'norm off': off(0),
    'norm of one axis': noOutput,
  },
};

describe.each(KERNEL_GROUPS.flat())('a wrong %s', (name) => {
  it.each(Object.entries(MISTAKES[name]))('is found: %s', async (_, mistake) => {
    expect(await complaint(name, mistake)).toMatch(new RegExp(`^${name}: `));
  });
});

it('a kernel that is off says by how much, where, and what is allowed', async () => {
  expect(await complaint('SteadyDropout', off(0))).toMatch(
    /^SteadyDropout: of \[3, 5\]: y: largest error [\d.e-]+ of the largest number expected, allowed 0\.00002; at element 14 received [\d.e-]+, expected [\d.e-]+\.$/,
  );
});

it('a backend without copies on write is found', async () => {
  // tfjs's cpu backend as it is hands out its own arrays, and clones share them.
  const undoStep = registerReferenceKernels(() => {}, ['SteadyAdamStep']);
  const undoOthers = registerReferenceKernels(() => {}, ['SteadyView', 'SteadyCopy']);
  undo = () => {
    undoOthers();
    undoStep();
  };
  const failed: string[] = [];
  for (const { name, run } of kernelCases('cpu')) await run().catch(() => failed.push(name));
  expect(failed).toEqual([
    'SteadyView: changes nothing that was read or cloned of it',
    'SteadyCopy: changes nothing that was read before its first write',
    'SteadyCopy: changes nothing that was read or cloned of its destination since',
    'SteadyAdamStep: of a buffer is seen by its views at once, and changes nothing that was read or cloned of them',
  ]);
});
