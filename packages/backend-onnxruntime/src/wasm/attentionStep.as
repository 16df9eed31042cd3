import { softmaxRow } from './attentionSoftmax';
import { lanes, read, write } from './vector';

/**
 * Attention of one query a row, y = softmax(q k^T scale + mask) v, straight from where keys and values lie: query [batch,
 * heads depth], a row each `queryRow` bytes, y [batch, heads depth]. places [batch, keys] holds the address of every key,
 * [groups depth], which its value follows; head h reads group floor(h groups / heads). masks [batch] holds the address of
 * each row's mask [keys], those of its heads `maskHead` bytes apart. The probabilities go to saved [batch, heads, keys]. Every key and value is read once, in order: a
 * step of decoding costs what reading its cache does.
 */
export function attentionStep(
  query: usize,
  queryRow: usize,
  places: usize,
  batch: usize,
  heads: usize,
  groups: usize,
  keys: usize,
  depth: usize,
  scale: f32,
  masked: bool,
  masks: usize,
  maskHead: usize,
  saved: usize,
  y: usize,
): void {
  const width = depth << 2;
  const value = groups * width;
  const line = keys << 2;
  const readers = heads / groups;
  for (let b: usize = 0; b < batch; b++) {
    for (let j: usize = 0; j < keys; j++) {
      const key = placeOf(places, j);
      for (let h: usize = 0; h < heads; h++) {
        const score = dot(query + h * width, key + (h / readers) * width, width) * scale;
        store<f32>(saved + h * line + (j << 2), score);
      }
    }
    const mask: usize = masked ? placeOf(masks, b) : 0;
    for (let h: usize = 0; h < heads; h++) softmaxRow(saved + h * line, line, line, masked, mask + h * maskHead);
    memory.fill(y, 0, heads * width);
    const fours = keys & ~3;
    for (let j: usize = 0; j < fours; j += 4) {
      const x0 = placeOf(places, j) + value;
      const x1 = placeOf(places, j + 1) + value;
      const x2 = placeOf(places, j + 2) + value;
      const x3 = placeOf(places, j + 3) + value;
      for (let h: usize = 0; h < heads; h++) {
        const at = (h / readers) * width;
        const p = saved + h * line + (j << 2);
        addFour(
          y + h * width, x0 + at, x1 + at, x2 + at, x3 + at,
          load<f32>(p), load<f32>(p, 4), load<f32>(p, 8), load<f32>(p, 12), width,
        );
      }
    }
    if (fours < keys) {
      // Four as well, those that are not there by 0: keys of no weight behind the others change nothing.
      const x0 = placeOf(places, fours) + value;
      const x1 = fours + 1 < keys ? placeOf(places, fours + 1) + value : x0;
      const x2 = fours + 2 < keys ? placeOf(places, fours + 2) + value : x0;
      for (let h: usize = 0; h < heads; h++) {
        const at = (h / readers) * width;
        const p = saved + h * line + (fours << 2);
        const p1 = fours + 1 < keys ? load<f32>(p, 4) : 0;
        const p2 = fours + 2 < keys ? load<f32>(p, 8) : 0;
        addFour(y + h * width, x0 + at, x1 + at, x2 + at, x0 + at, load<f32>(p), p1, p2, 0, width);
      }
    }
    query += queryRow;
    places += line;
    saved += heads * line;
    y += heads * width;
  }
}

/**
 * Addresses of lines that lie together: row b of the table, `tableRow` bytes each, gets those of the `keys` lines of `line`
 * bytes in row rows[b] of what lies at x.
 */
export function placeKeys(
  table: usize,
  tableRow: usize,
  batch: usize,
  x: usize,
  keys: usize,
  line: usize,
  rows: usize,
): void {
  for (let b: usize = 0; b < batch; b++) {
    const from = x + <usize>load<u32>(rows + (b << 2)) * keys * line;
    for (let j: usize = 0; j < keys; j++) store<u32>(table + (j << 2), <u32>(from + j * line));
    table += tableRow;
  }
}

@inline
function placeOf(places: usize, j: usize): usize {
  return <usize>load<u32>(places + (j << 2));
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

/** y := y + ((p0 x0 + p1 x1) + (p2 x2 + p3 x3)). */
@inline
function addFour(
  y: usize,
  x: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  s0: f32,
  s1: f32,
  s2: f32,
  s3: f32,
  bytes: usize,
): void {
  const vectors = bytes & ~15;
  const p0 = f32x4.splat(s0);
  const p1 = f32x4.splat(s1);
  const p2 = f32x4.splat(s2);
  const p3 = f32x4.splat(s3);
  for (let at: usize = 0; at < vectors; at += 16) {
    const first = f32x4.add(f32x4.mul(read(x + at), p0), f32x4.mul(read(x1 + at), p1));
    const second = f32x4.add(f32x4.mul(read(x2 + at), p2), f32x4.mul(read(x3 + at), p3));
    write(y + at, f32x4.add(read(y + at), f32x4.add(first, second)));
  }
  for (let at = vectors; at < bytes; at += 4) {
    const first = load<f32>(x + at) * s0 + load<f32>(x1 + at) * s1;
    const second = load<f32>(x2 + at) * s2 + load<f32>(x3 + at) * s3;
    store<f32>(y + at, load<f32>(y + at) + (first + second));
  }
}
