import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { selectBackend } from '../backend/select';
import { encoder } from '../models/encoder';
import { transformer } from '../models/transformer';
import { methodFrom, methods } from '../residual/methods';
import { admin } from '../residual/methods/admin';
import { preLN } from '../residual/methods/preLN';
import type { Parameter } from '../state/module';
import { type Summary, summary } from './summary';

const sizes = { vocabulary: 11, padId: 1, width: 8, heads: 2, feedForward: 16 };

beforeAll(async () => {
  await selectBackend('cpu');
});

/** Path, formula and notes of every row, without the parameters. */
const lines = ({ rows }: Summary): string[] =>
  rows.map(({ path, formula, notes }) => `${path}  ${[formula, ...notes].join(', ')}`);

const of = ({ rows }: Summary, path: string) => rows.find((row) => row.path === path)!;

/** Lines of an encoder-decoder's stacks with one block each: encoder's two, decoder's three, and the final norms. */
type Lines = readonly [
  self: string,
  forward: string,
  self: string,
  cross: string,
  forward: string,
  final?: string | { readonly encoder?: string; readonly decoder?: string } | undefined,
  leaves?: readonly [encoder: string, decoder: string] | undefined,
];

const every = (line: string, final?: string, leave?: string): Lines => [
  ...([line, line, line, line, line, final] as const),
  leave === undefined ? undefined : [leave, leave],
];
const [POST, PRE] = ["x' = LN(x + f(x))", "x' = x + f(LN(x))"];
const PRE_RMS = "x' = x + f(RMSNorm(x))";
const [heads, hidden] = ['f(x) = W_O LN(heads(x))', 'f(x) = W_2 LN(relu(W_1 x))'];
const normedHeads = 'scores 0.5 RMSNorm(q) . RMSNorm(k), values RMSNorm(v)';
const SIAMESE = 'f(RMSNorm(x1 + RMSNorm(x2)))';
const MIXED = "X' = B X + c f(RMSNorm(a X))";
const [APPENDED, KEYS] = ["x1' = x1, x2' = f(RMSNorm(x1))", ', norm.gain [8], query [8]'];
const [ENTERED, BEHIND] = ["x1' = x1 + f(RMSNorm(x1)), x2' = x1", "x1' = x1 + f(RMSNorm(x1)), x2' = x2"];
const SKIPPED = `${MIXED}, X of 2 streams, a, B by one trained sum, mix 1 0.1`;
const shared = (line: string): Lines => [
  line,
  `${line}, alpha of encoder.layers.0.selfAttention`,
  line,
  `${line}, alpha of decoder.layers.0.selfAttention`,
  `${line}, alpha of decoder.layers.0.selfAttention`,
];

// nGPT's: what enters is normed where it is carried on.
const ON_SPHERE = "x' = unit(0.95 x + 0.05 unit(f(rmsWithoutGain(x))))";
const ENTERING = "x1' = unit(0.95 unit(x1) + 0.05 unit(f(rmsWithoutGain(x1))))";
const SCORES = 'scores 2 s_qk unit(q) . s_qk unit(k), s_qk 1';

/** Of the formulas in the papers, with the numbers that they have at L = M = 1. */
const expected: Readonly<Record<string, Lines>> = {
  postLN: every(POST),
  preLN: every(PRE, "x' = LN(x)"),
  admin: every("x' = LN(1 x + f(x))"),
  // sqrt(3 / ln 3 - 1) and sqrt(4 / ln 4 - 1).
  adminConstant: ["x' = LN(1.32 x + f(x))", "x' = LN(1.32 x + f(x))", ...decoder("x' = LN(1.37 x + f(x))")],
  reZero: shared("x' = x + 0 f(x)"),
  reZeroPostLN: shared("x' = LN(x + 0 f(x))"),
  skipInit: every("x' = x + 0 f(x)"),
  layerScale: every("x' = x + 0.1 f(LN(x))", "x' = LN(x)"),
  fixup: every("x' = x + 1 f(x)"),
  tFixup: every("x' = x + f(x)"),
  // 0.81 (L^4 M)^(1/16) and (3 M)^(1/4).
  deepNorm: ["x' = LN(0.81 x + f(x))", "x' = LN(0.81 x + f(x))", ...decoder("x' = LN(1.32 x + f(x))")],
  sandwich: every("x' = x + LN(f(LN(x)))", "x' = LN(x)"),
  normFormer: [
    "x' = x + LN(f(LN(x))), f(x) = W_O (1 heads(x))",
    `x' = 1 x + f(LN(x)), ${hidden}`,
    "x' = x + LN(f(LN(x))), f(x) = W_O (1 heads(x))",
    "x' = x + LN(f(LN(x))), f(x) = W_O (1 heads(x))",
    `x' = 1 x + f(LN(x)), ${hidden}`,
    "x' = LN(x)",
  ],
  b2t: [
    "x1' = LN(x1 + f(x1)), x2' = x1",
    "x1' = LN(x1 + x2 + f(x1))",
    "x1' = LN(x1 + f(x1)), x2' = x1",
    "x1' = LN(x1 + f(x1)), x2' = x2",
    "x1' = LN(x1 + x2 + f(x1))",
  ],
  subLN: [
    `${PRE}, ${heads}`,
    `${PRE}, ${hidden}`,
    `${PRE}, ${heads}`,
    `${PRE}, ${heads}`,
    `${PRE}, ${hidden}`,
    "x' = LN(x)",
  ],
  gpt2Scaling: every(PRE, "x' = LN(x)"),
  scaleNorm: every("x' = x + f(ScaleNorm(x))", "x' = ScaleNorm(x)"),
  hybridNorm: [
    `x' = RMSNorm(x + f(x)), ${normedHeads}`,
    "x' = x + f(x)",
    `x' = RMSNorm(x + f(x)), ${normedHeads}`,
    `x' = RMSNorm(x + f(x)), ${normedHeads}`,
    "x' = x + f(x)",
    "x' = RMSNorm(x)",
  ],
  periLN: every("x' = x + RMSNorm(f(RMSNorm(x)))", "x' = RMSNorm(x)"),
  reorderedNorm: every("x' = x + RMSNorm(f(x))", "x' = RMSNorm(x)"),
  layerNormScaling: every("x' = x + f(1 RMSNorm(x))", "x' = RMSNorm(x)"),
  // A quarter of one block is none.
  mixLN: every(PRE_RMS, "x' = RMSNorm(x)"),
  keel: [
    PRE_RMS,
    "x' = RMSNorm(x + f(RMSNorm(x)))",
    PRE_RMS,
    "x' = RMSNorm(x + f(RMSNorm(x)))",
    "x' = RMSNorm(x + f(RMSNorm(x)))",
  ],
  // b^2 is 1/2 at most.
  deepScaleLM: every("x' = 0.707 x + 0.707 f(LN(x))", "x' = LN(x)"),
  // t^2 = 1 and 1 / 2; over the two attentions 1 / 2, 1 / 3 and 1 / 2.
  spanNorm: [
    "x1' = RMSNorm(x1 + f(RMSNorm(x1))), x2' = x1",
    "x1' = RMSNorm(x2 + f(x1))",
    "x1' = RMSNorm(x1 + f(RMSNorm(x1))), x2' = x1",
    "x1' = RMSNorm(x1 + f(x1)), x2' = x2",
    "x1' = RMSNorm(x2 + f(x1))",
  ],
  dyT: every("x' = x + f(dynamicTanh(x))", "x' = dynamicTanh(x)"),
  uMuP: [
    "x' = 0.707 x + 0.707 f(RMSNorm(x))",
    "x' = 0.816 x + 0.577 f(RMSNorm(x))",
    "x' = 0.816 x + 0.577 f(RMSNorm(x))",
    "x' = 0.866 x + 0.5 f(RMSNorm(x))",
    "x' = 0.816 x + 0.577 f(RMSNorm(x))",
    "x' = RMSNorm(x)",
  ],
  // (1 / 2)^(-1/2) and (1 / 2)^-1, below the base depth of 2.
  depthMuP: every("x' = x + 1.41 f(LN(x))", "x' = LN(x)"),
  completeP: every("x' = x + 2 f(LN(x))", "x' = LN(x)"),
  lipschitz: [
    "x' = 0.5 x + 0.167 f(x)",
    "x' = 0.5 x + 0.5 f(x)",
    "x' = 0.5 x + 0.167 f(x)",
    "x' = 0.5 x + 0.167 f(x)",
    "x' = 0.5 x + 0.5 f(x)",
  ],
  resiDual: every("x1' = LN(x1 + f(x1)), x2' = x2 + f(x1)", undefined, "x' = x1 + LN(x2)"),
  // sqrt(1 / 2) in the first block.
  siameseNorm: every(
    `x1' = RMSNorm(x1 + 0.707 ${SIAMESE}), x2' = x2 + ${SIAMESE}`,
    "x' = RMSNorm(x)",
    "x' = x1 + RMSNorm(x2)",
  ),
  hyperConnections: hyper((i) => {
    const read = [0, 1, 2, 3].map((j) => Number(i === j)).join(' ');
    return `hyper-connections, read ${read}, carry [16], write 1 1 1 1, norm.gain [8], projection [8, 6], scale 0.01 0.01`;
  }),
  manifoldHyperConnections: hyper(
    () => 'manifold hyper-connections, base [24], projection [32, 24], scale 0.01 0.01 0.01',
  ),
  attentionResiduals: [
    APPENDED,
    overDepth(2, MIXED) + KEYS,
    APPENDED,
    overDepth(2, MIXED) + KEYS,
    overDepth(3, MIXED) + KEYS,
    "x' = RMSNorm(x)",
    [overDepth(3, "x' = a X"), overDepth(4, "x' = a X")],
  ],
  embeddingSkips: [
    SKIPPED,
    "x1' = x1 + f(RMSNorm(x1)), x2' = x2",
    SKIPPED,
    ...(["x1' = x1 + f(RMSNorm(x1)), x2' = x2", "x1' = x1 + f(RMSNorm(x1)), x2' = x2"] as const),
    "x' = RMSNorm(x)",
  ],
  // Of one block: nothing is averaged before its end, and its values are handed to nobody.
  denseFormer: [
    ENTERED,
    BEHIND,
    ENTERED,
    BEHIND,
    BEHIND,
    "x' = RMSNorm(x)",
    ["x' = a X, X of 2 streams, a by one trained sum", "x' = a X, X of 2 streams, a by one trained sum"],
  ],
  valueResidual: every(BEHIND, "x' = RMSNorm(x)"),
  nGPT: [
    `${ENTERING}, ${SCORES}`,
    ON_SPHERE,
    `${ENTERING}, ${SCORES}`,
    `${ON_SPHERE}, ${SCORES}`,
    ON_SPHERE,
    { decoder: "x' = ScaleNorm(x)" },
  ],
};

/** Of four streams; sub-layer i reads stream i. */
function hyper(held: (i: number) => string): Lines {
  const line = (i: number): string => `${MIXED}, X of 4 streams, a, B, c by ${held(i)}`;
  const leave = "x' = x1 + x2 + x3 + x4";
  return [line(0), line(1), line(0), line(1), line(2), "x' = RMSNorm(x)", [leave, leave]];
}

function overDepth(n: number, of: string): string {
  return `${of}, X of ${n} streams, a by attention over depth`;
}

function decoder(line: string): [string, string, string] {
  return [line, line, line];
}

describe('the formula of every sub-layer', () => {
  it('is known of all methods', () => {
    expect(Object.keys(expected).sort()).toEqual(Object.keys(methods).sort());
  });

  it.each(Object.entries(expected))('with %s', async (name, of) => {
    const [self, forward, causal, cross, last, final, leaves] = of;
    const model = transformer({ ...sizes, depth: 1, method: methodFrom({ name }) });
    const found = await summary(model);
    const ends = typeof final === 'string' ? { encoder: final, decoder: final } : final;
    expect(lines(found)).toEqual([
      'sourceEmbedding  x = 2.83 E[id] + sinusoid(t)',
      'targetEmbedding  x = 2.83 E[id] + sinusoid(t), table of sourceEmbedding',
      `encoder.layers.0.selfAttention  ${self}`,
      `encoder.layers.0.feedForward  ${forward}`,
      ...(leaves ? [`encoder.leave  ${leaves[0]}`] : []),
      ...(ends?.encoder ? [`encoder.finalNorm  ${ends.encoder}`] : []),
      `decoder.layers.0.selfAttention  ${causal}`,
      `decoder.layers.0.crossAttention  ${cross}`,
      `decoder.layers.0.feedForward  ${last}`,
      ...(leaves ? [`decoder.leave  ${leaves[1]}`] : []),
      ...(ends?.decoder ? [`decoder.finalNorm  ${ends.decoder}`] : []),
      'outputEmbedding  logits = x E^T, table of sourceEmbedding',
    ]);
    expect(found.parameters).toBe(model.parameterCount());
    model.dispose();
  });

  it('has the values that are in force', async () => {
    const model = encoder({ ...sizes, depth: 2, method: admin() });
    const [first, , third] = model.encoder.subLayers().map(({ subLayer }) => subLayer.omega!);
    first!.assign(tf.fill([8], 1.5449));
    third!.assign(tf.tensor1d([1, 1, 1, 1, 2, 2, 2, 2]));
    const found = await summary(model);
    expect(lines(found).slice(1, 5)).toEqual([
      "encoder.layers.0.selfAttention  x' = LN(1.54 x + f(x))",
      "encoder.layers.0.feedForward  x' = LN(1 x + f(x))",
      "encoder.layers.1.selfAttention  x' = LN(omega x + f(x)), omega 1.5 +- 0.5 (1 to 2)",
      "encoder.layers.1.feedForward  x' = LN(1 x + f(x))",
    ]);
    expect(of(found, 'encoder.layers.1.selfAttention').omega).toEqual({
      mean: 1.5,
      deviation: 0.5,
      least: 1,
      most: 2,
    });
    expect(of(found, 'encoder.layers.1.selfAttention').alpha).toBeUndefined();
    model.dispose();
  });

  it('says scales of heads, and the rate at which a branch is skipped', async () => {
    const model = encoder({
      ...sizes,
      depth: 1,
      method: methodFrom({ name: 'normFormer' }),
      stochasticDepth: { rate: 0.2 },
    });
    const { branch } = model.encoder.subLayers()[0]!.subLayer;
    (branch as unknown as { headScale: Parameter }).headScale.assign(tf.tensor1d([1, 3]));
    expect(of(await summary(model), 'encoder.layers.0.selfAttention').notes).toEqual([
      'f(x) = W_O (s heads(x))',
      's 2 +- 1 (1 to 3)',
      'f skipped at rate 0.1',
    ]);
    model.dispose();
  });

  it('differs by stack in a hybrid', async () => {
    const model = transformer({ ...sizes, depth: 1, method: { encoder: admin(), decoder: preLN() } });
    const found = await summary(model);
    expect(of(found, 'encoder.layers.0.feedForward').formula).toBe("x' = LN(1 x + f(x))");
    expect(of(found, 'decoder.layers.0.feedForward').formula).toBe("x' = x + f(LN(x))");
    expect(found.rows.some(({ path }) => path === 'encoder.finalNorm')).toBe(false);
    model.dispose();
  });
});
