import * as tf from '@tensorflow/tfjs';
import { computeOne } from '../ops/compute';
import { BACKEND_NAME } from '../ops/native';
import { type Call, type Repair, repaired } from './kernel';

type Shape4D = [number, number, number, number];
type Pads = readonly (readonly number[])[];

const LAST = [0, 2, 3, 1];
const FIRST = [0, 3, 1, 2];

const isNchw = ({ attrs }: Call): boolean => attrs.dataFormat === 'NCHW';

/** TensorFlow's CPU kernels know channels in the last place only. */
const needsTransposing = (call: Call): boolean => isNchw(call) && !call.backend.isUsingGpuDevice;

const channelsLast = (x: tf.TensorInfo): tf.Tensor4D => tf.transpose(x as tf.Tensor4D, LAST);
const channelsFirst = (x: tf.TensorInfo): tf.Tensor4D => tf.transpose(x as tf.Tensor4D, FIRST);

const reordered = <T>([a, b, c, d]: readonly T[]): T[] => [a!, c!, d!, b!];

/** Attributes of the same convolution with channels last. */
const transposed = (attrs: Call['attrs']): Call['attrs'] => ({
  ...attrs,
  dataFormat: 'NHWC',
  ...(Array.isArray(attrs.pad) ? { pad: reordered(attrs.pad as Pads) } : {}),
  ...(attrs.inputShape ? { inputShape: reordered(attrs.inputShape as number[]) } : {}),
});

/** A number of pads on every side as a list, which tfjs-node takes where it does not take the number. */
const listed = (attrs: Call['attrs']): Call['attrs'] => {
  const { pad } = attrs;
  if (typeof pad !== 'number' || pad === 0) return attrs;
  const side = [pad, pad];
  return {
    ...attrs,
    pad: attrs.dataFormat === 'NCHW' ? [[0, 0], [0, 0], side, side] : [[0, 0], side, side, [0, 0]],
  };
};

/** Weights of a PReLU for x with channels first, [C, 1, 1] or [C, H, W], for channels last. */
const weightsLast = (weights: tf.TensorInfo): tf.TensorInfo =>
  weights.shape.length === 3 ? tf.transpose(weights as tf.Tensor3D, [1, 2, 0]) : weights;

/** A convolution of x, transposed and back where that is needed. */
const forward: Repair = repaired(
  () => true,
  (call, native) => {
    const attrs = listed(call.attrs);
    if (!needsTransposing(call)) return native({ attrs });
    const { x, preluActivationWeights: weights, ...others } = call.inputs;
    const prelu = weights ? { preluActivationWeights: weightsLast(weights) } : {};
    const inputs = { ...others, x: channelsLast(x!), ...prelu };
    return channelsFirst(native({ inputs, attrs: transposed(attrs) }));
  },
);

/** tfjs-node's fused convolution refuses channels first on every device. */
const fused: Repair = (native) => {
  const own = forward(native);
  return (call) => {
    const { attrs, backend } = call as Call;
    const onCpu = Object.create(backend, { isUsingGpuDevice: { value: false } }) as Call['backend'];
    return own(attrs.dataFormat === 'NCHW' ? { ...call, backend: onCpu } : call);
  };
};

/** Pads of a convolution's gradients as TensorFlow takes them; undefined where they are 'VALID' or 'SAME'. */
const explicitPads = (shape: Shape4D, filter: Shape4D, attrs: Call['attrs']): number[] | undefined => {
  const { strides, pad, dimRoundingMode } = attrs as {
    strides: number;
    pad: 'valid';
    dimRoundingMode?: 'floor';
  };
  const { padInfo } = tf.backend_util.computeConv2DInfo(
    ...([shape, filter, strides, 1, pad, dimRoundingMode] as const),
  );
  if (padInfo.type === 'VALID' || padInfo.type === 'SAME') return undefined;
  const { top, bottom, left, right } = padInfo;
  return [0, 0, top, bottom, left, right, 0, 0];
};

const gradientAttributes = (strides: unknown, pads: readonly number[]) => {
  const [rows, columns] = (Array.isArray(strides) ? strides : [strides, strides]) as [number, number];
  return { strides: [1, rows, columns, 1], padding: 'EXPLICIT', explicit_paddings: pads };
};

const inputGradient: Repair = repaired(
  () => true,
  (call, native) => {
    const { inputs, backend } = call;
    const first = needsTransposing(call);
    const attrs = first ? transposed(call.attrs) : call.attrs;
    const dy = first ? channelsLast(inputs.dy!) : inputs.dy!;
    const filter = inputs.filter!;
    const shape = attrs.inputShape as Shape4D;
    const pads = isNchw({ ...call, attrs }) ? undefined : explicitPads(shape, filter.shape as Shape4D, attrs);
    const make = (): tf.TensorInfo => {
      if (!pads) return native({ inputs: { dy, filter }, attrs });
      return computeOne(backend, ({ run, of, ints }) =>
        run(
          'Conv2DBackpropInput',
          [ints(shape), of(filter), of(dy)],
          gradientAttributes(attrs.strides, pads),
        ),
      );
    };
    return first ? channelsFirst(make()) : make();
  },
);

const filterGradient: Repair = repaired(
  () => true,
  (call, native) => {
    const { inputs, backend } = call;
    const first = needsTransposing(call);
    const attrs = first ? transposed(call.attrs) : call.attrs;
    const [x, dy] = [inputs.x!, inputs.dy!].map((each) => (first ? channelsLast(each) : each));
    const shape = attrs.filterShape as Shape4D;
    const pads = isNchw({ ...call, attrs }) ? undefined : explicitPads(x!.shape as Shape4D, shape, attrs);
    if (!pads) return native({ inputs: { x: x!, dy: dy! }, attrs });
    return computeOne(backend, ({ run, of, ints }) =>
      run('Conv2DBackpropFilter', [of(x!), ints(shape), of(dy!)], gradientAttributes(attrs.strides, pads)),
    );
  },
);

const dilationsOf = ({ attrs }: Call): [number, number] => {
  const { dilations } = attrs as { dilations?: number | [number, number] };
  return Array.isArray(dilations) ? dilations : [dilations ?? 1, dilations ?? 1];
};

/** TensorFlow's CPU kernel of depthwise convolutions has no dilations. */
const dilated = (call: Call): boolean =>
  dilationsOf(call).some((each) => each > 1) && !call.backend.isUsingGpuDevice;

/**
 * A dilated depthwise convolution as one without over every d-th row and column: x is cut into d x d batches, convolved
 * and joined again.
 */
const depthwise: Repair = repaired(dilated, (call, native) => {
  const { inputs, attrs } = call;
  const [x, filter] = [inputs.x as tf.Tensor4D, inputs.filter as tf.Tensor4D];
  const dilations = dilationsOf(call);
  const { pad, dimRoundingMode } = attrs as { pad: 'valid'; dimRoundingMode?: 'floor' };
  const at = tf.backend_util.computeConv2DInfo(
    ...([x.shape, filter.shape, 1, dilations, pad, dimRoundingMode, true] as const),
  );
  const before = [at.padInfo.top, at.padInfo.left];
  const outputs = [at.outHeight, at.outWidth];
  const [paddings, crops]: [number[][], number[][]] = [[], []];
  for (const axis of [0, 1] as const) {
    const reach = (filter.shape[axis] - 1) * dilations[axis];
    const ahead = before[axis]!;
    const step = dilations[axis];
    // What is joined again holds as many outputs of each batch.
    const wanted = Math.ceil(outputs[axis]! / step) * step;
    paddings.push([ahead, wanted + reach - x.shape[1 + axis]! - ahead]);
    crops.push([0, wanted - outputs[axis]!]);
  }
  const batches = tf.spaceToBatchND(x, dilations, paddings);
  const plain = { ...attrs, dilations: [1, 1], strides: [1, 1], pad: 'valid' };
  const convolved = native({ inputs: { x: batches, filter }, attrs: plain });
  return tf.batchToSpaceND(convolved as tf.Tensor, dilations, crops);
});

const fusedDepthwise: Repair = (native) => {
  const plain = tf.getKernel('DepthwiseConv2dNative', BACKEND_NAME)?.kernelFunc ?? native;
  return repaired(dilated, ({ inputs, attrs, backend }) => {
    const { x, filter, bias, preluActivationWeights } = inputs as Record<string, tf.Tensor>;
    const sum = depthwise(plain)({
      inputs: { x: x!, filter: filter! },
      attrs: attrs as unknown as tf.NamedAttrMap,
      backend,
    }) as tf.Tensor;
    const biased = bias ? tf.add(sum, bias) : sum;
    const { activation, leakyreluAlpha } = attrs as { activation: string; leakyreluAlpha?: number };
    return backend.applyActivation(biased, activation, preluActivationWeights, leakyreluAlpha);
  })(native);
};

/** Convolutions with channels first or dilations on a CPU, and with pads of the caller's own. */
export const convolutionRepairs: Readonly<Record<string, Repair>> = {
  Conv2D: forward,
  FusedConv2D: fused,
  Conv2DBackpropInput: inputGradient,
  Conv2DBackpropFilter: filterGradient,
  FusedDepthwiseConv2D: fusedDepthwise,
  DepthwiseConv2dNative: depthwise,
};
