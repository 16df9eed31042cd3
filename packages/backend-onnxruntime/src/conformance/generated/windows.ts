import * as tf from '@tensorflow/tfjs';
import type { Draw } from './draw';
import type { Generated } from './outcome';

type Pad =
  | number
  | 'same'
  | 'valid'
  | [[number, number], [number, number], [number, number], [number, number]];
type Pair = [number, number];
type Rounding = 'floor' | 'round' | 'ceil' | undefined;
type Format = 'NHWC' | 'NCHW';

const TO_FIRST = [0, 3, 1, 2];
const TO_LAST = [0, 2, 3, 1];

const padOf = (draw: Draw): Pad =>
  draw.of<Pad>([
    'same',
    'valid',
    draw.whole(0, 3),
    0,
    [
      [0, 0],
      [draw.whole(0, 3), draw.whole(0, 3)],
      [draw.whole(0, 3), draw.whole(0, 3)],
      [0, 0],
    ],
  ]);

const pairOf = (draw: Draw, most: number): Pair =>
  draw.chance(0.4) ? [1, 1] : [draw.whole(1, most), draw.whole(1, most)];

/** tfjs takes a rounding mode beside numbers of pads alone. */
const roundingOf = (draw: Draw, pad: Pad): Rounding =>
  pad === 'same' || pad === 'valid' ? undefined : draw.of<Rounding>([undefined, 'floor', 'round', 'ceil']);

interface Window {
  readonly image: number[];
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pad: Pad;
  readonly rounding: Rounding;
  readonly name: string;
}

const windowOf = (draw: Draw): Window => {
  const [batch, height, width, channels] = [
    draw.of([1, 1, 2, 3, 0]),
    draw.whole(1, 11),
    draw.whole(1, 11),
    draw.whole(1, 4),
  ];
  const strides = pairOf(draw, 5);
  const dilations = draw.chance(0.3) ? pairOf(draw, 3) : ([1, 1] as Pair);
  const pad = padOf(draw);
  const rounding = roundingOf(draw, pad);
  const image = [batch, height, width, channels];
  const text = typeof pad === 'object' ? `[${pad.join(' ')}]` : pad;
  const name = `[${image}] strides ${strides} dilations ${dilations} pad ${text} ${rounding ?? ''}`;
  return { image, strides, dilations, pad, rounding, name };
};

/** Image and pads in the format's order of axes. */
const inFormat = (format: Format, image: number[], pad: Pad): { image: number[]; pad: Pad } => {
  if (format === 'NHWC') return { image, pad };
  return {
    image: TO_FIRST.map((axis) => image[axis]!),
    pad:
      typeof pad === 'object' ? (TO_FIRST.map((axis) => pad[axis]!) as Exclude<Pad, number | string>) : pad,
  };
};

export const conv2d = (draw: Draw): Generated => {
  const w = windowOf(draw);
  const filter = [draw.whole(1, 4), draw.whole(1, 4), w.image[3]!, draw.whole(1, 4)];
  const format: Format = draw.chance(0.3) ? 'NCHW' : 'NHWC';
  const { image, pad } = inFormat(format, w.image, w.pad);
  return {
    name: `conv2d ${w.name} filter [${filter}] ${format}`,
    inputs: { x: draw.floats(image), f: draw.floats(filter) },
    program: (t) => [
      tf.conv2d(t.x as tf.Tensor4D, t.f as tf.Tensor4D, w.strides, pad, format, w.dilations, w.rounding),
    ],
  };
};

export const conv2dGradient = (draw: Draw): Generated => {
  const w = windowOf(draw);
  const filter = [draw.whole(1, 5), draw.whole(1, 5), w.image[3]!, draw.whole(1, 4)];
  const format: Format = draw.chance(0.3) ? 'NCHW' : 'NHWC';
  const { image, pad } = inFormat(format, w.image, w.pad);
  return {
    name: `gradient of conv2d ${w.name} filter [${filter}] ${format}`,
    inputs: { x: draw.floats(image), f: draw.floats(filter) },
    program: (t) =>
      tf.grads((x, f) =>
        tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, w.strides, pad, format, [1, 1], w.rounding),
      )([t.x!, t.f!]),
    tolerance: 2e-5,
  };
};

export const conv1d = (draw: Draw): Generated => {
  const image = [draw.whole(1, 3), draw.whole(1, 14), draw.whole(1, 3)];
  const filter = [draw.whole(1, 5), image[2]!, draw.whole(1, 3)];
  const stride = draw.whole(1, 6);
  const pad = draw.of<number | 'same' | 'valid'>(['same', 'valid', 0, 1, 2]);
  const rounding = roundingOf(draw, pad);
  const f = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, stride, pad, 'NWC', 1, rounding);
  return {
    name: `conv1d and its gradients [${image}] filter [${filter}] stride ${stride} pad ${pad} ${rounding ?? ''}`,
    inputs: { x: draw.floats(image), w: draw.floats(filter) },
    program: (t) => [f(t.x!, t.w!), ...tf.grads((x, w) => f(x!, w!))([t.x!, t.w!])],
  };
};

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu'] as const;

const biasOf = (draw: Draw, y: readonly number[], format: Format): number[] => {
  const channels = y[format === 'NCHW' ? 1 : 3]!;
  return draw.of([[channels], [1], [], [1, 1, 1, channels], y.slice(1), [y[2]!, 1], draw.mate(y), [...y]]);
};

const sizeOr1 = (make: () => number[]): number[] => {
  try {
    return make();
  } catch {
    return [1, 1, 1, 1];
  }
};

/** The fused kernel itself, with biases and slopes of every form. */
export const fusedConv2d = (draw: Draw): Generated => {
  const depthwise = draw.chance(0.4);
  const w = windowOf(draw);
  const filter = [draw.whole(1, 4), draw.whole(1, 4), w.image[3]!, draw.whole(1, 4)];
  const format: Format = !depthwise && draw.chance(0.2) ? 'NCHW' : 'NHWC';
  const { image, pad } = inFormat(format, w.image, w.pad);
  const y = sizeOr1(
    () =>
      tf.backend_util.computeConv2DInfo(
        image as [number, number, number, number],
        filter as [number, number, number, number],
        w.strides,
        w.dilations,
        pad,
        w.rounding,
        depthwise,
        tf.backend_util.convertConv2DDataFormat(format),
      ).outShape,
  );
  const bias = draw.chance(0.85) ? biasOf(draw, y, format) : undefined;
  const activation = draw.of(ACTIVATIONS);
  const slopes = biasOf(draw, y, format);
  const kernel = depthwise ? 'FusedDepthwiseConv2D' : 'FusedConv2D';
  return {
    name: `${kernel} ${w.name} filter [${filter}] ${format} bias [${bias ?? 'none'}] ${activation} [${slopes}]`,
    inputs: {
      x: draw.floats(image),
      filter: draw.floats(filter),
      ...(bias ? { bias: draw.floats(bias) } : {}),
      ...(activation === 'prelu' ? { preluActivationWeights: draw.floats(slopes) } : {}),
    },
    program: (t) => [
      tf.engine().runKernel(kernel, t, {
        strides: w.strides,
        pad,
        dataFormat: format,
        dilations: w.dilations,
        dimRoundingMode: w.rounding,
        activation,
        leakyreluAlpha: 0.3,
      } as unknown as tf.NamedAttrMap),
    ],
  };
};

/** tfjs's cpu backend takes every image as channels last here, whatever it is told. */
export const depthwiseConv2d = (draw: Draw): Generated => {
  const w = windowOf(draw);
  const filter = [draw.whole(1, 4), draw.whole(1, 4), w.image[3]!, draw.whole(1, 3)];
  const f = (x: tf.Tensor, d: tf.Tensor): tf.Tensor =>
    tf.depthwiseConv2d(
      x as tf.Tensor4D,
      d as tf.Tensor4D,
      w.strides,
      w.pad as 'same',
      'NHWC',
      w.dilations,
      w.rounding as 'floor',
    );
  const plain = `${w.dilations}` === '1,1';
  return {
    name: `depthwiseConv2d ${w.name} filter [${filter}]`,
    inputs: { x: draw.floats(w.image), f: draw.floats(filter) },
    program: (t) => [f(t.x!, t.f!), ...(plain ? tf.grads((x, d) => f(x!, d!))([t.x!, t.f!]) : [])],
  };
};

/** tfjs's cpu backend has this for channels last alone: it is given the image turned round. */
export const depthwiseFirst = (draw: Draw): Generated => {
  const w = windowOf(draw);
  const filter = [draw.whole(1, 4), draw.whole(1, 4), w.image[3]!, draw.whole(1, 3)];
  const { image, pad } = inFormat('NCHW', w.image, w.pad);
  const call = (x: tf.Tensor, d: tf.Tensor, format: Format, pads: Pad): tf.Tensor =>
    tf.depthwiseConv2d(
      x as tf.Tensor4D,
      d as tf.Tensor4D,
      w.strides,
      pads as 'same',
      format,
      w.dilations,
      w.rounding as 'floor',
    );
  return {
    name: `depthwiseConv2d, channels first, ${w.name} filter [${filter}]`,
    inputs: { x: draw.floats(image), f: draw.floats(filter) },
    program: (t) => [call(t.x!, t.f!, 'NCHW', pad)],
    reference: (t) => [tf.transpose(call(tf.transpose(t.x!, TO_LAST), t.f!, 'NHWC', w.pad), TO_FIRST)],
  };
};

export const pool = (draw: Draw): Generated => {
  const w = windowOf(draw);
  const size = pairOf(draw, 4);
  const [name, pooled] = draw.of([
    ['maxPool', tf.maxPool],
    ['avgPool', tf.avgPool],
  ] as const);
  const f = (x: tf.Tensor): tf.Tensor =>
    pooled(x as tf.Tensor4D, size, w.strides, w.pad as 'same', w.rounding);
  // The pools' gradients in tfjs take no explicit pads.
  const graded = typeof w.pad !== 'object';
  const x = draw.chance(0.2) ? draw.summable(w.image) : draw.floats(w.image);
  return {
    name: `${name} ${w.name} size ${size}`,
    inputs: { x },
    program: (t) => [f(t.x!), ...(graded ? [tf.grad(f)(t.x!)] : [])],
  };
};
