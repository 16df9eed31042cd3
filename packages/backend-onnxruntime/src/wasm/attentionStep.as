import { softmaxRow } from './attentionSoftmax';
import { lanes, read, write } from './vector';

/**
 * Attention of one query a row, y = softmax(q k^T scale + mask) v, straight from where keys and values lie: query and y
 * [batch, heads depth], keyValue [batch, keys, 2 groups depth] (keys, then values), head h reads group floor(h groups /
 * heads). The probabilities go to saved [batch, heads, keys]. Strides of mask as in attentionSoftmax.as. Every row of
 * keyValue is read once, in order: a step of decoding costs what reading its cache does.
 */
export function attentionStep(
  query: usize,
  keyValue: usize,
  batch: usize,
  heads: usize,
  groups: usize,
  keys: usize,
  depth: usize,
  scale: f32,
  masked: bool,
  mask: usize,
  maskOfBatch: usize,
  maskOfHead: usize,
  saved: usize,
  y: usize,
): void {
  const width = depth << 2;
  const row = (groups * width) << 1;
  const line = keys << 2;
  const readers = heads / groups;
  for (let b: usize = 0; b < batch; b++) {
    for (let j: usize = 0; j < keys; j++) {
      const key = keyValue + j * row;
      for (let h: usize = 0; h < heads; h++) {
        const score = dot(query + h * width, key + (h / readers) * width, width) * scale;
        store<f32>(saved + h * line + (j << 2), score);
      }
    }
    for (let h: usize = 0; h < heads; h++) {
      softmaxRow(saved + h * line, line, line, masked, mask + ((b * maskOfBatch + h * maskOfHead) << 2));
    }
    memory.fill(y, 0, heads * width);
    const values = keyValue + groups * width;
    const fours = keys & ~3;
    for (let j: usize = 0; j < fours; j += 4) {
      for (let h: usize = 0; h < heads; h++) {
        const x = values + j * row + (h / readers) * width;
        addFour(y + h * width, x, row, saved + h * line + (j << 2), width);
      }
    }
    for (let j = fours; j < keys; j++) {
      const value = values + j * row;
      for (let h: usize = 0; h < heads; h++) {
        addScaled(y + h * width, value + (h / readers) * width, load<f32>(saved + h * line + (j << 2)), width);
      }
    }
    query += heads * width;
    keyValue += keys * row;
    saved += heads * line;
    y += heads * width;
  }
}

@inline
function dot(a: usize, b: usize, bytes: usize): f32 {
  const vectors = bytes & ~15;
  let sum = f32x4.splat(0);
  let other = sum;
  let at: usize = 0;
  for (; at + 32 <= vectors; at += 32) {
    sum = f32x4.add(sum, f32x4.mul(read(a + at), read(b + at)));
    other = f32x4.add(other, f32x4.mul(read(a + at + 16), read(b + at + 16)));
  }
  if (at < vectors) sum = f32x4.add(sum, f32x4.mul(read(a + at), read(b + at)));
  let all = lanes(f32x4.add(sum, other));
  for (at = vectors; at < bytes; at += 4) all += load<f32>(a + at) * load<f32>(b + at);
  return all;
}

/** y := y + p x. */
@inline
function addScaled(y: usize, x: usize, p: f32, bytes: usize): void {
  const vectors = bytes & ~15;
  const all = f32x4.splat(p);
  for (let at: usize = 0; at < vectors; at += 16) write(y + at, f32x4.add(read(y + at), f32x4.mul(read(x + at), all)));
  for (let at = vectors; at < bytes; at += 4) store<f32>(y + at, load<f32>(y + at) + load<f32>(x + at) * p);
}

/** The same of four vectors, `stride` bytes apart, by four numbers. */
@inline
function addFour(y: usize, x: usize, stride: usize, p: usize, bytes: usize): void {
  const vectors = bytes & ~15;
  const p0 = v128.load32_splat(p, 0, 4);
  const p1 = v128.load32_splat(p, 4, 4);
  const p2 = v128.load32_splat(p, 8, 4);
  const p3 = v128.load32_splat(p, 12, 4);
  const x1 = x + stride;
  const x2 = x1 + stride;
  const x3 = x2 + stride;
  for (let at: usize = 0; at < vectors; at += 16) {
    const first = f32x4.add(f32x4.mul(read(x + at), p0), f32x4.mul(read(x1 + at), p1));
    const second = f32x4.add(f32x4.mul(read(x2 + at), p2), f32x4.mul(read(x3 + at), p3));
    write(y + at, f32x4.add(read(y + at), f32x4.add(first, second)));
  }
  for (let at = vectors; at < bytes; at += 4) {
    const first = load<f32>(x + at) * load<f32>(p) + load<f32>(x1 + at) * load<f32>(p, 4);
    const second = load<f32>(x2 + at) * load<f32>(p, 8) + load<f32>(x3 + at) * load<f32>(p, 12);
    store<f32>(y + at, load<f32>(y + at) + (first + second));
  }
}
