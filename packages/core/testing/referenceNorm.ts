import { add, f32, type Inputs, type Kernel, type Numbers, type Out } from './referenceKernel';

export const normRows = (x: Numbers, width: number, gain: Numbers, bias: Numbers, epsilon: number): Out[] => {
  const rows = x.length / width;
  const normalised = new Float32Array(x.length);
  const inverse = f32(rows, (m) => {
    const row = x.subarray(m * width, (m + 1) * width);
    const mean = row.reduce((sum, value) => sum + value, 0) / width;
    const scale = 1 / Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / width + epsilon);
    for (let d = 0; d < width; d++) normalised[m * width + d] = (row[d]! - mean) * scale;
    return scale;
  });
  const y = normalised.map((value, at) => value * gain[at % width]! + bias[at % width]!);
  const shape = [rows, width];
  return [
    { values: y, shape },
    { values: normalised, shape },
    { values: inverse, shape: [rows, 1] },
  ];
};

export const normGrad = ({ dy, normalised, inverseDeviation, gain }: Inputs): Out[] => {
  const width = gain!.values.length;
  const [dGain, dBias] = [new Float32Array(width), new Float32Array(width)];
  for (const [at, d] of dy!.values.entries()) {
    add(dGain, at % width, d * normalised!.values[at]!);
    add(dBias, at % width, d);
  }
  const scaled = dy!.values.map((d, at) => d * gain!.values[at % width]!);
  const dx = f32(scaled.length, (at) => {
    const from = at - (at % width);
    let [mean, along] = [0, 0];
    for (let d = from; d < from + width; d++) {
      mean += scaled[d]! / width;
      along += (scaled[d]! * normalised!.values[d]!) / width;
    }
    return (
      (scaled[at]! - mean - normalised!.values[at]! * along) * inverseDeviation!.values[(at / width) | 0]!
    );
  });
  return [
    { values: dx, shape: dy!.shape },
    { values: dGain, shape: [width] },
    { values: dBias, shape: [width] },
  ];
};

export const addLayerNorm: Kernel = ({ shortcut, branch, omega, gain, bias }, { epsilon }) => {
  const width = gain!.values.length;
  const sum = shortcut!.values.map((s, at) => s * (omega?.values[at % width] ?? 1) + branch!.values[at]!);
  return normRows(sum, width, gain!.values, bias!.values, epsilon as number);
};

export const addLayerNormGrad: Kernel = (inputs) => {
  const [dBranch, dGain, dBias] = normGrad(inputs) as [Out, Out, Out];
  const { shortcut, omega } = inputs;
  if (!shortcut || !omega) return [dBranch, dGain, dBias];
  const width = omega.values.length;
  const dOmega = new Float32Array(width);
  for (const [at, d] of dBranch.values.entries()) add(dOmega, at % width, d * shortcut.values[at]!);
  const dShortcut = dBranch.values.map((d, at) => d * omega.values[at % width]!);
  return [
    dBranch,
    dGain,
    dBias,
    { values: dShortcut, shape: dBranch.shape },
    { values: dOmega, shape: [width] },
  ];
};

export const rmsNorm: Kernel = ({ x, gain }, { epsilon }) => {
  const width = gain!.values.length;
  const [rows, shape] = [x!.values.length / width, x!.shape];
  const inverse = f32(rows, (m) => {
    const row = x!.values.subarray(m * width, (m + 1) * width);
    return 1 / Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0) / width + (epsilon as number));
  });
  const normalised = x!.values.map((value, at) => value * inverse[(at / width) | 0]!);
  const y = normalised.map((value, at) => value * gain!.values[at % width]!);
  return [
    { values: y, shape },
    { values: normalised, shape },
    { values: inverse, shape: [rows, 1] },
  ];
};

export const rmsNormGrad: Kernel = ({ dy, normalised, inverseRoot, gain }) => {
  const width = gain!.values.length;
  const dGain = new Float32Array(width);
  const along = new Float32Array(inverseRoot!.values.length);
  for (const [at, d] of dy!.values.entries()) {
    const n = normalised!.values[at]!;
    add(dGain, at % width, d * n);
    add(along, (at / width) | 0, (d * gain!.values[at % width]! * n) / width);
  }
  const dx = dy!.values.map((d, at) => {
    const m = (at / width) | 0;
    return (d * gain!.values[at % width]! - normalised!.values[at]! * along[m]!) * inverseRoot!.values[m]!;
  });
  return [
    { values: dx, shape: dy!.shape },
    { values: dGain, shape: [width] },
  ];
};
