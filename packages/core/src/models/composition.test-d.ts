import type * as tf from '@tensorflow/tfjs';
import { describe, expectTypeOf, it } from 'vitest';
import {
  type Branch,
  type BranchSite,
  type Context,
  type Encoder,
  encoder,
  type JoinEvent,
  Linear,
  languageModel,
  Module,
  matrixParameter,
  type NamedParameter,
  type Parameter,
  type Place,
  type Probe,
  postLN,
  preLN,
  type Residual,
  type ResidualMethod,
  randomStream,
  type Scale,
  Stack,
  type StackConfig,
  type Stacked,
  type StackOptions,
  type StochasticDepth,
  subLayer,
  type Transformer,
  type TransformerConfig,
  transformer,
  wiring,
} from '../index';

// Checked by `tsc`: what a user composes has these types, and what makes no sense does not compile.

const options = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 1 };

describe('a residual method of the user', () => {
  it('is a pure function of the place', () => {
    const mine: ResidualMethod = {
      name: 'mine',
      options: { start: 0.1 },
      plan: ({ block, depth, endsBlock }) => ({
        residual: {
          before: 'layer',
          shortcutScale: { kind: 'constant', value: (block + 1) / depth },
          branchScale: { kind: 'scalar', initial: 0, sharedBy: `block ${block}` },
          streams: wiring({ read: [1], carry: [[1]], write: [endsBlock ? 0.5 : 1] }),
        },
        initGains: { output: 0.5 },
      }),
    };
    expectTypeOf(mine.plan).parameter(0).toEqualTypeOf<Place>();
    expectTypeOf(transformer({ ...options, method: mine })).toEqualTypeOf<Transformer>();
    expectTypeOf(
      transformer({ ...options, method: { encoder: mine, decoder: preLN() } }),
    ).toEqualTypeOf<Transformer>();
  });

  it('can only use norms and scales that exist', () => {
    // @ts-expect-error: no such norm
    const norm: Residual['after'] = 'batch';
    // @ts-expect-error: a constant has a value, not an initial
    const scale: Scale = { kind: 'constant', initial: 1 };
    // @ts-expect-error: a stack is missing
    const hybrid = () => transformer({ ...options, method: { encoder: postLN() } });
    expectTypeOf({ norm, scale, hybrid }).toBeObject();
  });
});

describe('a branch of the user', () => {
  it('is any object with a call, or a Module', () => {
    class Gate extends Module {
      readonly weight: Parameter<tf.Rank.R2> = matrixParameter(new Float32Array(4), 2, 2);
      call(x: tf.Tensor3D, _context: Context): tf.Tensor3D {
        return x;
      }
    }
    expectTypeOf<Gate>().toExtend<Branch>();
    expectTypeOf<{ call(x: tf.Tensor3D): tf.Tensor3D }>().toExtend<Branch>();
    const spec = subLayer('gate', (site) => {
      expectTypeOf(site).toEqualTypeOf<BranchSite>();
      return new Gate();
    });
    expectTypeOf(spec).toExtend<StackOptions['block'][number]>();
    // @ts-expect-error: a branch maps [B, T, D] to [B, T, D]
    subLayer('flat', () => ({ call: (x: tf.Tensor3D): tf.Tensor1D => x.flatten() }));
    // @ts-expect-error: a branch has a call
    subLayer('empty', () => ({}));
  });
});

describe('the options of a model', () => {
  const base = { ...options, method: postLN() };

  it('know heads, positions, tables and depth by their names', () => {
    expectTypeOf(
      transformer({
        ...base,
        keyValueHeads: 1,
        sourceVocabulary: 12,
        tiedEmbeddings: 'decoder',
        attentionPositions: { kind: 'relative', buckets: 8 },
        stochasticDepth: { decoder: { rate: 0.1, rule: 'constant' } },
      }),
    ).toEqualTypeOf<Transformer>();
    expectTypeOf<TransformerConfig['tiedEmbeddings']>().toEqualTypeOf<boolean | 'decoder'>();
    expectTypeOf<StackConfig['stochasticDepth']>().toEqualTypeOf<StochasticDepth | undefined>();
    expectTypeOf(
      encoder({ ...base, positions: { kind: 'sinusoidal', layout: 'interleaved' } }),
    ).toEqualTypeOf<Encoder>();
  });

  it('and no others', () => {
    const wrong = [
      // @ts-expect-error: no such form
      () => transformer({ ...base, tiedEmbeddings: 'encoder' }),
      // @ts-expect-error: one stack, one vocabulary
      () => languageModel({ ...base, sourceVocabulary: 12 }),
      // @ts-expect-error: an encoder has no decoder
      () => encoder({ ...base, stochasticDepth: { decoder: { rate: 0.1 } } }),
      // @ts-expect-error: no such layout
      () => encoder({ ...base, positions: { kind: 'sinusoidal', layout: 'halfs' } }),
      // @ts-expect-error: learned positions have a length
      () => encoder({ ...base, positions: { kind: 'learned' } }),
      // @ts-expect-error: a relative bias has buckets
      () => encoder({ ...base, attentionPositions: { kind: 'relative', bukets: 8 } }),
    ];
    expectTypeOf(wrong).toBeArray();
  });
});

describe('modules', () => {
  it('keep ranks', () => {
    const layer = new Linear({ inputs: 2, outputs: 3 }, {}, randomStream(1));
    expectTypeOf(layer.call<tf.Rank.R3>).returns.toEqualTypeOf<tf.Tensor3D>();
    expectTypeOf(layer.weight.value).toEqualTypeOf<tf.Tensor2D>();
    expectTypeOf(layer.bias).toEqualTypeOf<Parameter<tf.Rank.R1> | undefined>();
    expectTypeOf(layer.parameters()).toEqualTypeOf<NamedParameter[]>();
  });

  it('take int32 ids in two axes', () => {
    expectTypeOf<Parameters<Transformer['encode']>[0]>().toEqualTypeOf<tf.Tensor2D>();
    expectTypeOf<ReturnType<Transformer['call']>>().toEqualTypeOf<tf.Tensor3D>();
  });

  it('of the user are watched and profiled by being Stacked', () => {
    interface Batch {
      readonly ids: tf.Tensor2D;
    }
    abstract class Own extends Module implements Stacked<Batch> {
      readonly body: Stack = new Stack({} as StackOptions, randomStream(1));
      stacks(): Readonly<Record<string, Stack>> {
        return { body: this.body };
      }
      abstract call(batch: Batch, context?: Context): tf.Tensor;
    }
    expectTypeOf<Own>().toExtend<Stacked<Batch>>();
    expectTypeOf<Transformer>().toExtend<Stacked<Parameters<Transformer['call']>[0]>>();
  });
});

describe('a probe', () => {
  it('sees tensors of [B, T, D], and may set a scale', () => {
    expectTypeOf<JoinEvent['sum']>().toEqualTypeOf<tf.Tensor3D>();
    expectTypeOf<{ join(event: JoinEvent): void }>().toExtend<Probe>();
    // @ts-expect-error: a scale is a tensor
    const probe: Probe = { branch: () => ({ shortcutScale: 3 }) };
    expectTypeOf(probe).toEqualTypeOf<Probe>();
  });
});
