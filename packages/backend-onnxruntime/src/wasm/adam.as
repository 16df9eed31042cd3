import { read, write } from './vector';

/**
 * One step of the Adam family over n elements, in place on p, m and v (Kingma and Ba 2015, algorithm 1, with the two
 * corrections of its section 2 in stepSize and rootScale; decoupled decay as Loshchilov and Hutter 2019):
 *
 *   d := gradientScale g + l2 p
 *   m := beta1 m + (1 - beta1) d;   v := beta2 v + (1 - beta2) d^2
 *   p := decay p - stepSize m / (adaptive ? rootScale sqrt(v) + epsilon : 1)
 *
 * A factor of zero (l2, beta1, beta2, stepSize) switches its term off, also where that has overflowed. `rest1` and
 * `rest2` are 1 - beta1 and 1 - beta2, rounded once. Every operation rounds to float32, as the graph's do.
 */
export function adam(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  n: u32,
  gradientScale: f32,
  l2: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  decay: f32,
  stepSize: f32,
  adaptive: bool,
  rootScale: f32,
  epsilon: f32,
): void {
  const hasL2 = l2 != 0;
  const hasBeta1 = beta1 != 0;
  const hasBeta2 = beta2 != 0;
  const hasStep = stepSize != 0;
  const scales = f32x4.splat(gradientScale);
  const l2s = f32x4.splat(l2);
  const beta1s = f32x4.splat(beta1);
  const rest1s = f32x4.splat(rest1);
  const beta2s = f32x4.splat(beta2);
  const rest2s = f32x4.splat(rest2);
  const decays = f32x4.splat(decay);
  const steps = f32x4.splat(stepSize);
  const roots = f32x4.splat(rootScale);
  const epsilons = f32x4.splat(epsilon);
  const vectors: usize = (<usize>n >> 2) << 4;
  for (let i: usize = 0; i < vectors; i += 16) {
    const old = read(p + i);
    let d = f32x4.mul(read(g + i), scales);
    if (hasL2) d = f32x4.add(d, f32x4.mul(old, l2s));
    let newM = f32x4.mul(d, rest1s);
    if (hasBeta1) newM = f32x4.add(f32x4.mul(read(m + i), beta1s), newM);
    let newV = f32x4.mul(f32x4.mul(d, d), rest2s);
    if (hasBeta2) newV = f32x4.add(f32x4.mul(read(v + i), beta2s), newV);
    let next = f32x4.mul(old, decays);
    if (hasStep) {
      let change = f32x4.mul(newM, steps);
      if (adaptive) change = f32x4.div(change, f32x4.add(f32x4.mul(f32x4.sqrt(newV), roots), epsilons));
      next = f32x4.sub(next, change);
    }
    write(m + i, newM);
    write(v + i, newV);
    write(p + i, next);
  }
  for (let i = vectors, end = <usize>n << 2; i < end; i += 4) {
    const old = load<f32>(p + i);
    let d = load<f32>(g + i) * gradientScale;
    if (hasL2) d += old * l2;
    let newM = d * rest1;
    if (hasBeta1) newM = load<f32>(m + i) * beta1 + newM;
    let newV = d * d * rest2;
    if (hasBeta2) newV = load<f32>(v + i) * beta2 + newV;
    let next = old * decay;
    if (hasStep) {
      const change = newM * stepSize;
      next -= adaptive ? change / (sqrt<f32>(newV) * rootScale + epsilon) : change;
    }
    store<f32>(m + i, newM);
    store<f32>(v + i, newV);
    store<f32>(p + i, next);
  }
}
