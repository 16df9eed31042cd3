import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../backend';
import { OnnxRuntimeError } from '../errors';
import { type Attributes, Graph, type Value } from '../onnx/graph';
import { activate } from './activation';
import { allFloat, type Call, type Kernel, type KernelTable, worthwhile } from './kernel';
import { transposed } from './transpose';

type Info = tf.backend_util.Conv2DInfo;

/** Multiplications that count as one element operation in the choice of threads. */
const PRODUCTS_PER_WORK = 16;
const LEAST = 512;

/** ONNX's layout is channels first: where each axis of tfjs's layouts goes, and back. */
const TO_FIRST = [0, 3, 1, 2];
const TO_LAST = [0, 2, 3, 1];
/** Filters [h, w, in, out] to ONNX's [out, in, h, w]. */
const FILTER = [3, 2, 0, 1];

const transpose = (g: Graph, x: Value, perm: readonly number[]): Value => g.op('Transpose', [x], { perm });

const infoOf = (
  { attrs }: Call,
  xShape: readonly number[],
  filterShape: readonly number[],
  depthwise = false,
): Info =>
  tf.backend_util.computeConv2DInfo(
    xShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attrs.strides as number | [number, number],
    (attrs.dilations as number | [number, number] | undefined) ?? 1,
    attrs.pad as 'same',
    attrs.dimRoundingMode as 'floor',
    depthwise,
    tf.backend_util.convertConv2DDataFormat((attrs.dataFormat as 'NHWC' | undefined) ?? 'NHWC'),
  );

const isLast = (info: Info): boolean => info.dataFormat === 'channelsLast';

/** ONNX attributes of a window: strides, dilations and pads. */
const windowOf = ({
  strideHeight,
  strideWidth,
  dilationHeight,
  dilationWidth,
  padInfo,
}: Info): Attributes => ({
  strides: [strideHeight, strideWidth],
  dilations: [dilationHeight, dilationWidth],
  pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right],
});

/** Whether ONNX's rule (rounding down) gives the size that tfjs computed, and there is a result at all. */
const sizesAgree = (info: Info): boolean => {
  const size = (whole: number, before: number, after: number, window: number, stride: number): number =>
    Math.floor((whole + before + after - window) / stride) + 1;
  const { top, bottom, left, right } = info.padInfo;
  return (
    info.outHeight > 0 &&
    info.outWidth > 0 &&
    size(info.inHeight, top, bottom, info.effectiveFilterHeight, info.strideHeight) === info.outHeight &&
    size(info.inWidth, left, right, info.effectiveFilterWidth, info.strideWidth) === info.outWidth
  );
};

/** How a bias lies along the channels of the result: as one number for each of them, or not at all (undefined). */
const biasShape = (bias: readonly number[], info: Info): number[] | undefined => {
  const { outChannels: channels, outShape } = info;
  // tfjs lets an only axis stand for the channels, in both layouts.
  if (bias.length === 1) return bias[0] === channels ? [channels] : undefined;
  const axis = isLast(info) ? bias.length - 1 : bias.length - 3;
  const fits = bias.length <= outShape.length && axis >= 0;
  return fits && bias.every((size, i) => size === (i === axis ? channels : 1)) ? [channels] : undefined;
};

/** A convolution with what may follow it; `filter` makes ONNX's filter of tfjs's. */
const convolve = (
  call: Call,
  info: Info,
  group: number,
  filter: (g: Graph, w: Value) => Value,
  name: string,
): tf.TensorInfo | undefined => {
  const { inputs, attrs, backend } = call;
  const x = inputs.x!;
  const weight = inputs.filter!;
  const { bias } = inputs;
  const activation = (attrs.activation as string | undefined) ?? 'linear';
  const apply = activate(activation, attrs.leakyreluAlpha as number | undefined);
  if (apply == null || !allFloat(x, weight, ...(bias ? [bias] : [])) || !sizesAgree(info)) return undefined;
  const alongChannels = bias && biasShape(bias.shape, info);
  if (bias != null && alongChannels == null) return undefined;
  const products =
    sizeOf(info.outShape) * sizeOf(weight.shape.slice(0, 2)) * (group > 1 ? 1 : info.inChannels);
  if (!worthwhile(backend, products, LEAST)) return undefined;
  const attributes = { ...windowOf(info), group };
  const last = isLast(info);
  const build = (): Graph => {
    const g = new Graph();
    const image = last ? transpose(g, g.input(), TO_FIRST) : g.input();
    const kernel = filter(g, g.input());
    const sum = g.op('Conv', [image, kernel, ...(bias ? [g.input()] : [])], attributes);
    const y = apply(g, sum);
    g.output(last ? transpose(g, y, TO_LAST) : y);
    return g;
  };
  const key = `${name}:${JSON.stringify(attributes)}:${last}:${activation}${attrs.leakyreluAlpha ?? ''}:${bias != null}`;
  const operands = [
    backend.operand(x),
    backend.operand(weight),
    ...(bias ? [backend.operand(bias, alongChannels)] : []),
  ];
  return backend.computeOne(key, build, operands, { shape: info.outShape }, products / PRODUCTS_PER_WORK);
};

const conv2d: Kernel = (call) => {
  const filter = call.inputs.filter!;
  const info = infoOf(call, call.inputs.x!.shape, filter.shape);
  if (call.inputs.preluActivationWeights != null || info.inChannels !== filter.shape[2]) return undefined;
  return convolve(call, info, 1, (g, w) => transpose(g, w, FILTER), 'Conv2D');
};

/** Each input channel has filters of its own: filter [h, w, in, multiplier] as [in multiplier, 1, h, w]. */
const depthwiseNative: Kernel = (call) => {
  const filter = call.inputs.filter!;
  const [height, width] = filter.shape as [number, number];
  const info = infoOf(call, call.inputs.x!.shape, filter.shape, true);
  if (call.inputs.preluActivationWeights != null || info.inChannels !== filter.shape[2]) return undefined;
  const strides = [info.strideHeight, info.strideWidth];
  const dilations = [info.dilationHeight, info.dilationWidth];
  // tfjs refuses both at once.
  if (!tf.backend_util.eitherStridesOrDilationsAreOne(strides, dilations)) return undefined;
  const shape = [info.outChannels, 1, height, width];
  return convolve(
    call,
    info,
    info.inChannels,
    (g, w) => g.op('Reshape', [transpose(g, w, [2, 3, 0, 1]), g.integers(...shape)]),
    `DepthwiseConv2D:${shape}`,
  );
};

/** tfjs's kernel takes every image as channels last: it is given the image turned round, and its result turned back. */
const depthwiseConv2d: Kernel = (call) => {
  const result = depthwiseNative(call);
  if (result != null || call.attrs.dataFormat !== 'NCHW') return result;
  const { inputs, attrs, backend } = call;
  const { bias, preluActivationWeights: slopes } = inputs;
  for (const info of [bias, slopes]) {
    if (info == null || info.shape.length <= 1) continue;
    throw new OnnxRuntimeError(
      `Depthwise convolution with data format NCHW: received a bias or slopes of shape [${info.shape}], allowed one axis.`,
    );
  }
  const turned = transposed(backend, inputs.x!, TO_LAST);
  const pad = Array.isArray(attrs.pad) ? TO_LAST.map((axis) => (attrs.pad as unknown[])[axis]) : attrs.pad;
  const y = call.plain({ inputs: { x: turned }, attrs: { pad, dataFormat: 'NHWC' } }) as tf.TensorInfo;
  backend.disposeData(turned.dataId);
  const back = transposed(backend, y, TO_FIRST);
  backend.disposeData(y.dataId);
  return back;
};

/** The gradient of a convolution by its input: the transposed convolution of dy. */
const conv2dBackpropInput: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  const dy = inputs.dy!;
  const filter = inputs.filter!;
  const info = infoOf(call, attrs.inputShape as number[], filter.shape);
  if (!tf.util.arraysEqual(dy.shape, info.outShape) || info.outHeight <= 0 || info.outWidth <= 0) {
    return undefined;
  }
  const { top, bottom, left, right } = info.padInfo;
  const missing = [
    info.inHeight - ((info.outHeight - 1) * info.strideHeight + info.filterHeight - top - bottom),
    info.inWidth - ((info.outWidth - 1) * info.strideWidth + info.filterWidth - left - right),
  ] as const;
  const fits = (rest: number, stride: number): boolean => rest >= 0 && rest < stride;
  if (!allFloat(dy, filter) || !fits(missing[0], info.strideHeight) || !fits(missing[1], info.strideWidth)) {
    return undefined;
  }
  const products = sizeOf(dy.shape) * sizeOf(filter.shape.slice(0, 3));
  if (!worthwhile(backend, products, LEAST)) return undefined;
  const attributes = { ...windowOf(info), output_padding: missing };
  const last = isLast(info);
  const build = (): Graph => {
    const g = new Graph();
    const image = last ? transpose(g, g.input(), TO_FIRST) : g.input();
    const dx = g.op('ConvTranspose', [image, transpose(g, g.input(), FILTER)], attributes);
    g.output(last ? transpose(g, dx, TO_LAST) : dx);
    return g;
  };
  return backend.computeOne(
    `Conv2DBackpropInput:${JSON.stringify(attributes)}:${last}`,
    build,
    [backend.operand(dy), backend.operand(filter)],
    { shape: info.inShape },
    products / PRODUCTS_PER_WORK,
  );
};

/**
 * The gradient by the filter: x convolved with dy, where images and channels change places and strides become
 * dilations. Rows beyond the filter's size, which a stride may leave, are cut off.
 */
const conv2dBackpropFilter: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  const x = inputs.x!;
  const dy = inputs.dy!;
  const filterShape = attrs.filterShape as number[];
  const info = infoOf(call, x.shape, filterShape);
  const products = sizeOf(dy.shape) * sizeOf(filterShape.slice(0, 3));
  if (!allFloat(x, dy) || !worthwhile(backend, products, LEAST)) return undefined;
  if (!tf.util.arraysEqual(dy.shape, info.outShape)) return undefined;
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  // tfjs sizes results by rules of its own, so that windows may reach beyond the image and its pads.
  const rows = info.inHeight + padInfo.top + padInfo.bottom - (info.outHeight - 1) * strideHeight;
  const columns = info.inWidth + padInfo.left + padInfo.right - (info.outWidth - 1) * strideWidth;
  if (info.outHeight <= 0 || info.outWidth <= 0 || rows < filterHeight || columns < filterWidth) {
    return undefined;
  }
  const attributes = {
    dilations: [strideHeight, strideWidth],
    pads: [padInfo.top, padInfo.left, padInfo.bottom, padInfo.right],
  };
  const last = isLast(info);
  const perm = last ? [3, 0, 1, 2] : [1, 0, 2, 3];
  const build = (): Graph => {
    const g = new Graph();
    const whole = g.op('Conv', [transpose(g, g.input(), perm), transpose(g, g.input(), perm)], attributes);
    const cut = g.op('Slice', [
      whole,
      g.integers(0, 0),
      g.integers(filterHeight, filterWidth),
      g.integers(2, 3),
    ]);
    g.output(transpose(g, cut, [2, 3, 0, 1]));
    return g;
  };
  return backend.computeOne(
    `Conv2DBackpropFilter:${JSON.stringify(attributes)}:${last}:${filterHeight}x${filterWidth}`,
    build,
    [backend.operand(x), backend.operand(dy)],
    { shape: filterShape },
    products / PRODUCTS_PER_WORK,
  );
};

/**
 * Largest or mean value of every window; pads do not count. Where there may be NaN, of which tfjs's largest value takes
 * no notice and ONNX Runtime's depends on the place, tfjs's loop decides: a sum made alongside tells (see reduction.ts).
 */
const pool =
  (name: string, type: string, more: Attributes): Kernel =>
  ({ inputs, attrs, backend }) => {
    const x = inputs.x!;
    const info = tf.backend_util.computePool2DInfo(
      x.shape as [number, number, number, number],
      attrs.filterSize as number | [number, number],
      attrs.strides as number | [number, number],
      1,
      attrs.pad as 'same',
      attrs.dimRoundingMode as 'floor',
    );
    const work = sizeOf(info.outShape) * info.filterHeight * info.filterWidth;
    if (!allFloat(x) || !sizesAgree(info) || !worthwhile(backend, work, LEAST)) return undefined;
    if (info.padInfo.top >= info.filterHeight || info.padInfo.left >= info.filterWidth) return undefined;
    if (info.padInfo.bottom >= info.filterHeight || info.padInfo.right >= info.filterWidth) return undefined;
    const { strides, pads } = windowOf(info) as { strides: number[]; pads: number[] };
    const attributes = { strides, pads, kernel_shape: [info.filterHeight, info.filterWidth], ...more };
    const build = (): Graph => {
      const g = new Graph();
      const image = g.input();
      g.output(transpose(g, g.op(type, [transpose(g, image, TO_FIRST)], attributes), TO_LAST));
      g.output(g.op('ReduceSum', [image], { keepdims: 0 }));
      return g;
    };
    const key = `${name}:${JSON.stringify(attributes)}`;
    const outputs = [{ shape: info.outShape }, { shape: [] }];
    const [y, sum] = backend.compute(key, build, [backend.operand(x)], outputs, work);
    const suspicious = Number.isNaN(backend.values(sum!)[0]!);
    backend.disposeData(sum!.dataId);
    if (!suspicious) return y;
    backend.disposeData(y!.dataId);
    return undefined;
  };

export const convolutionKernels: KernelTable = {
  Conv2D: conv2d,
  FusedConv2D: conv2d,
  DepthwiseConv2dNative: depthwiseConv2d,
  FusedDepthwiseConv2D: depthwiseConv2d,
  Conv2DBackpropInput: conv2dBackpropInput,
  Conv2DBackpropFilter: conv2dBackpropFilter,
  MaxPool: pool('MaxPool', 'MaxPool', {}),
  AvgPool: pool('AvgPool', 'AveragePool', { count_include_pad: 0 }),
};
