import * as tf from '@tensorflow/tfjs';
import { floats } from '../../testing';
import { type Case, gather } from './case';

export const convolutions: readonly Case[] = gather((add) => {
  for (const [strides, pad, dilations] of [
    [1, 'same', 1],
    [1, 'valid', 1],
    [2, 'same', 1],
    [[1, 2], 'valid', 1],
    [1, 'same', 2],
    [1, 1, 1],
  ] as const) {
    const stride = typeof strides === 'number' ? strides : ([...strides] as [number, number]);
    const inputs = { x: floats([2, 7, 6, 3], 1), w: floats([3, 2, 3, 4], 2), d: floats([3, 2, 3, 2], 3) };
    const conv = (x: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad, 'NHWC', dilations);
    const name = `strides ${strides}, pad ${pad}, dilations ${dilations}`;
    add(`conv2d, ${name}`, inputs, (t) => [conv(t.x!, t.w!)]);
    if (dilations === 1) {
      add(`gradient of conv2d, ${name}`, inputs, (t) => tf.grads((x, w) => conv(x!, w!))([t.x!, t.w!]));
      add(`pools, ${name}`, inputs, (t) => [
        tf.maxPool(t.x as tf.Tensor4D, [3, 2], stride, pad),
        tf.avgPool(t.x as tf.Tensor4D, [3, 2], stride, pad),
      ]);
      add(`gradient of pools, ${name}`, inputs, (t) => [
        tf.grad((x) => tf.maxPool(x as tf.Tensor4D, 2, stride, pad === 1 ? 0 : pad))(t.x!),
        tf.grad((x) => tf.avgPool(x as tf.Tensor4D, 2, stride, pad === 1 ? 0 : pad))(t.x!),
      ]);
    }
    if (typeof stride === 'number') {
      add(`depthwiseConv2d, ${name}`, inputs, (t) => [
        tf.depthwiseConv2d(t.x as tf.Tensor4D, t.d as tf.Tensor4D, stride, pad, 'NHWC', dilations),
      ]);
    }
    for (const activation of ['relu', 'elu'] as const) {
      add(`fused conv2d ${activation}, ${name}`, { ...inputs, b: floats([4], 5) }, (t) => [
        tf.fused.conv2d({
          x: t.x as tf.Tensor4D,
          filter: t.w as tf.Tensor4D,
          strides: stride,
          pad,
          dilations,
          bias: t.b!,
          activation,
        }),
      ]);
    }
  }
  add('conv2d of one pixel', { x: floats([2, 4, 4, 3]), w: floats([1, 1, 3, 5], 2) }, (t) => [
    tf.conv2d(t.x as tf.Tensor4D, t.w as tf.Tensor4D, 1, 'same'),
  ]);
  add('conv2d, channels first', { x: floats([2, 3, 6, 5]), w: floats([3, 3, 3, 4], 2) }, (t) => [
    tf.conv2d(t.x as tf.Tensor4D, t.w as tf.Tensor4D, 1, 'same', 'NCHW'),
  ]);
});
