import * as tf from '@tensorflow/tfjs';
import { check, checkInteger, checkRate, SteadyformerError } from '../checks/errors';
import { checkTensor } from '../checks/tensors';
import { type Context, scope } from '../context/context';
import { type Norm, type NormSpec, normOf } from '../layers/norm';
import type { RandomStream } from '../random/random';
import { Module, undoing } from '../state/module';
import type { Leave, StreamLeaving } from '../streams/plan';
import { type Branch, checkName, type SubLayerSpec } from './branch';
import { checkMethodRecord } from './methods/methodRecord';
import type { Place, StackPlace } from './place';
import { finalNormOf, type ResidualMethod, streamsBefore, streamsBehind } from './residual';
import { checkedStochasticDepth, type StochasticDepth, skipRate } from './stochasticDepth';
import { type SharedScales, SubLayer } from './subLayer';

/** Options of `Stack`. */
export interface StackOptions {
  /** Any name that can stand in a dotted path. */
  readonly name: string;
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** The sub-layers of every block, in order. */
  readonly block: readonly SubLayerSpec[];
  readonly method: ResidualMethod;
  /** Whether self-attention sees no later position. Default: what the block's sub-layers say. */
  readonly causal?: boolean | undefined;
  /** Blocks of the stacks of the model that this one reads, and of those that read it. Default none. */
  readonly reads?: StackPlace['reads'];
  readonly readBy?: StackPlace['readBy'];
  /** Dropout of every branch's output. Default 0. */
  readonly dropout?: number;
  /** Branches skipped at random in training. Default none. */
  readonly stochasticDepth?: StochasticDepth | undefined;
}

/** A list of residual sub-layers in blocks, with a norm at the end where the method leaves the stream un-normed. */
export class Stack extends Module {
  readonly name: string;
  readonly width: number;
  readonly method: ResidualMethod;
  /** Whether position i sees positions <= i only. */
  readonly causal: boolean;
  /** One record a block: sub-layer by name. Paths read `layers.3.feedForward`. */
  readonly layers: readonly Readonly<Record<string, SubLayer>>[];
  /** Where several streams leave, what makes one of them. */
  readonly leave?: Leave | undefined;
  /** What `leave` was made of. */
  readonly leaveSpec?: StreamLeaving | undefined;
  readonly finalNorm?: Norm | undefined;
  /** What `finalNorm` was made of. */
  readonly finalNormSpec?: NormSpec | undefined;

  constructor(options: StackOptions, random: RandomStream) {
    super();
    const { name, width, block, dropout = 0, reads = {}, readBy = {} } = options ?? {};
    checkName('Stack name', name);
    checkRate(`${name} dropout`, dropout);
    check(typeof random?.fork === 'function', `${name} random`, random, 'randomStream(seed)');
    const depth = checkInteger(`${name} depth`, options.depth);
    const method = checkMethodRecord(options.method, `method of the ${name}`);
    this.name = name;
    this.width = width;
    this.method = method;
    const skipping = options.stochasticDepth && checkedStochasticDepth(options.stochasticDepth, name);
    checkSubLayers(block, name);
    const causal = options.causal ?? block.some((spec) => spec.causal === true);
    const later = causal ? undefined : block.find((spec) => spec.causal);
    const next = 'Leave it out, or take blocks that are not causal.';
    check(later === undefined, `${name} causal`, causal, `true with '${later?.name}' in its block`, next);
    this.causal = causal;
    const stackPlace: StackPlace = { stack: name, depth, causal, reads, readBy };
    const sharedScales: SharedScales = new Map();
    const undo = undoing();
    try {
      this.layers = Array.from({ length: depth }, (_, b) =>
        Object.fromEntries(
          block.map((spec, s) => {
            const place: Place = {
              ...stackPlace,
              kind: spec.kind ?? spec.name,
              block: b,
              index: b * block.length + s,
              branches: depth * block.length,
              endsBlock: s === block.length - 1,
            };
            const site = {
              place,
              width,
              plan: method.plan(place),
              random: random.fork('layers').fork(b).fork(spec.name),
            };
            const skip = skipping && skipRate(skipping, place);
            const joins = { branch: spec.branch, dropout, skipRate: skip, sharedScales, reads: spec.reads };
            return [spec.name, new SubLayer(site, joins)];
          }),
        ),
      );
      checkStreams(this.subLayers(), name);
      const last = this.subLayers().at(-1)!.subLayer.residual;
      const streams = streamsBehind(last);
      this.leaveSpec = method.leave?.(stackPlace);
      this.leave = this.leaveSpec?.make({ width, streams, random: random.fork('leave') });
      this.finalNormSpec = finalNormOf(method, stackPlace, last);
      this.finalNorm = this.finalNormSpec && normOf(this.finalNormSpec, width);
    } catch (error) {
      throw undo(error);
    }
  }

  /** Every sub-layer in forward order with its path below the stack. */
  subLayers(): { readonly path: string; readonly subLayer: SubLayer }[] {
    return this.layers.flatMap((layer, b) =>
      Object.entries(layer).map(([name, subLayer]) => ({ path: `layers.${b}.${name}`, subLayer })),
    );
  }

  /** x_0 [B, T, D]: the streams that the first sub-layer reads, each the same. */
  enter(x: tf.Tensor3D): readonly tf.Tensor3D[] {
    const [first] = Object.values(this.layers[0]!);
    return Array.from({ length: streamsBefore(first!.residual) }, () => x);
  }

  /** Streams [B, T, D] behind any sub-layer: the one that would leave there, before the norm at the end. */
  merge(streams: readonly tf.Tensor3D[]): tf.Tensor3D {
    return this.leave?.call(streams) ?? streams[0]!;
  }

  /** x_0 [B, T, D]: x_N [B, T, D] */
  call(x: tf.Tensor3D, context: Context = {}): tf.Tensor3D {
    checkTensor(`stream into the ${this.name}`, x, '[batch, tokens, width]');
    check(
      x.shape[2] === this.width,
      `width of the stream into the ${this.name}`,
      x.shape[2],
      `${this.width}`,
    );
    return tf.tidy(() => {
      const layersContext = scope(context, 'layers');
      let streams = this.enter(x);
      for (const [b, layer] of this.layers.entries()) {
        const blockContext = scope(layersContext, b);
        for (const [name, subLayer] of Object.entries(layer)) {
          streams = subLayer.step(streams, scope(blockContext, name));
        }
      }
      const last = this.merge(streams);
      const output = this.finalNorm?.call(last) ?? last;
      return output === x ? tf.clone(x) : output;
    });
  }
}

/** Throws where a sub-layer reads another number of streams than leave the one before it. */
const checkStreams = (
  subLayers: readonly { readonly path: string; readonly subLayer: SubLayer }[],
  stack: string,
): void => {
  for (const [i, { path, subLayer }] of subLayers.entries()) {
    const n = streamsBefore(subLayer.residual);
    const before = subLayers[i - 1];
    const m = before ? streamsBehind(before.subLayer.residual) : n;
    check(m === n, `streams from ${before?.path} into ${path} of the ${stack}`, m, `${n}`);
  }
};

/** Throws unless they are the sub-layers of a block, each with a name of its own. */
const checkSubLayers = (block: readonly SubLayerSpec[], stack: string): void => {
  check(Array.isArray(block), `block of the ${stack}`, block, 'a list of sub-layers');
  if (block.length === 0) throw new SteadyformerError(`${stack}: a block needs at least one sub-layer`);
  for (const spec of block) {
    check(typeof spec?.branch === 'function', 'sub-layer', spec, '{ name, branch }');
    checkName('sub-layer name', spec.name);
  }
  const names = block.map((spec) => spec.name);
  const repeated = names.find((item, i) => names.indexOf(item) !== i);
  if (repeated) {
    throw new SteadyformerError(
      `${stack}: two sub-layers of a block are called '${repeated}'; give each its own name`,
    );
  }
};

/** A sub-layer entry for a branch of the user's own. */
export const subLayer = (name: string, branch: SubLayerSpec['branch']): SubLayerSpec => ({ name, branch });

export type { Branch };
