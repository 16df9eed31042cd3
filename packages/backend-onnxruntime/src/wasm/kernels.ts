import { MODULE } from './module.generated';

/**
 * The kernels of the module, each explained above its source (`*.as`). Addresses are bytes in the memory that the
 * kernels were instantiated with, multiples of 4; counts are elements.
 */
export interface Kernels {
  adam(
    p: number,
    g: number,
    m: number,
    v: number,
    n: number,
    gradientScale: number,
    l2: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    decay: number,
    stepSize: number,
    adaptive: boolean,
    rootScale: number,
    epsilon: number,
  ): void;
  addBias(z: number, bias: number, rows: number, columns: number): void;
  biasRelu(z: number, bias: number, rows: number, columns: number): void;
  columnSums(x: number, rows: number, columns: number, sums: number): void;
  reluGrad(dy: number, y: number, rows: number, columns: number, dz: number, dBias: number): void;
  geluGrad(dy: number, z: number, rows: number, columns: number, dz: number, dBias: number): void;
  attentionSoftmax(
    scores: number,
    batch: number,
    heads: number,
    queries: number,
    keys: number,
    causal: boolean,
    masked: boolean,
    mask: number,
    maskOfBatch: number,
    maskOfHead: number,
    maskOfQuery: number,
    dropped: boolean,
    key0: number,
    key1: number,
    threshold: number,
    used: number,
  ): void;
  attentionSoftmaxGrad(
    saved: number,
    d: number,
    rows: number,
    keys: number,
    dropped: boolean,
    used: number,
  ): void;
  attentionStep(
    query: number,
    queryRow: number,
    places: number,
    batch: number,
    heads: number,
    groups: number,
    keys: number,
    depth: number,
    scale: number,
    masked: boolean,
    masks: number,
    maskHead: number,
    saved: number,
    y: number,
  ): void;
  placeKeys(
    table: number,
    tableRow: number,
    batch: number,
    x: number,
    keys: number,
    line: number,
    rows: number,
  ): void;
  topLogits(
    x: number,
    rows: number,
    columns: number,
    count: number,
    values: number,
    indices: number,
    mass: number,
  ): void;
  quantizeRows(x: number, rows: number, columns: number, levels: number, q: number, scales: number): void;
  scaleBias(
    z: number,
    scales: number,
    biased: boolean,
    bias: number,
    relu: boolean,
    rows: number,
    columns: number,
  ): void;
  embeddingGrad(
    dy: number,
    ids: number,
    rows: number,
    width: number,
    vocabulary: number,
    dWeight: number,
  ): void;
  dropout(x: number, y: number, n: number, key0: number, key1: number, threshold: number, kept: number): void;
  sumOfSquares(x: number, n: number): number;
  addInto(sum: number, x: number, n: number): void;
  addIntoWithSquares(sum: number, x: number, n: number): number;
  layerNorm(
    x: number,
    gain: number,
    bias: number,
    y: number,
    normalised: number,
    inverse: number,
    rows: number,
    width: number,
    epsilon: number,
  ): void;
  addLayerNorm(
    shortcut: number,
    branch: number,
    gain: number,
    bias: number,
    y: number,
    normalised: number,
    inverse: number,
    rows: number,
    width: number,
    epsilon: number,
  ): void;
  scaledAddLayerNorm(
    shortcut: number,
    branch: number,
    omega: number,
    gain: number,
    bias: number,
    y: number,
    normalised: number,
    inverse: number,
    rows: number,
    width: number,
    epsilon: number,
  ): void;
  layerNormGrad(
    dy: number,
    normalised: number,
    inverse: number,
    gain: number,
    dx: number,
    dGain: number,
    dBias: number,
    rows: number,
    width: number,
  ): void;
  scaledAddLayerNormGrad(
    dy: number,
    normalised: number,
    inverse: number,
    gain: number,
    shortcut: number,
    omega: number,
    dx: number,
    dGain: number,
    dBias: number,
    dShortcut: number,
    dOmega: number,
    rows: number,
    width: number,
  ): void;
  rmsNorm(
    x: number,
    gain: number,
    y: number,
    normalised: number,
    inverse: number,
    rows: number,
    width: number,
    epsilon: number,
  ): void;
  rmsNormGrad(
    dy: number,
    normalised: number,
    inverse: number,
    gain: number,
    dx: number,
    dGain: number,
    rows: number,
    width: number,
  ): void;
}

const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(MODULE, 'base64'));

/** Compiled once a thread. */
let compiled: WebAssembly.Module | undefined;

/** Whether the engine takes the module: it needs 128-bit vectors and shared memories. */
export const supported = (): boolean => compiled != null || WebAssembly.validate(bytes());

/** The kernels over a shared memory. Nothing is written to it. */
export const instantiate = (memory: WebAssembly.Memory): Kernels => {
  compiled ??= new WebAssembly.Module(bytes());
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Kernels;
};
