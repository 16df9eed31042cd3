import * as tf from '@tensorflow/tfjs';
import { check, checkInteger, checkOneOf, checkRate, SteadyformerError } from '../checks/errors';
import { checkTensor } from '../checks/tensors';
import { type Context, scope } from '../context/context';
import { type Norm, normOf } from '../layers/norm';
import type { RandomStream } from '../random/random';
import { Module, undoing } from '../state/module';
import { type Branch, checkName, type SubLayerSpec } from './branch';
import { checkMethod } from './methods';
import type { Place, StackName } from './place';
import { needsFinalNorm, type ResidualMethod } from './residual';
import { checkedStochasticDepth, type StochasticDepth, skipRate } from './stochasticDepth';
import { type SharedScales, SubLayer } from './subLayer';

export interface StackOptions {
  readonly name: StackName;
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** The sub-layers of every block, in order. */
  readonly block: readonly SubLayerSpec[];
  readonly method: ResidualMethod;
  /** Blocks of each stack of the whole model; a stack alone gives its own depth. */
  readonly depths?: Place['depths'];
  /** Dropout of every branch's output. Default 0. */
  readonly dropout?: number;
  /** Branches skipped at random in training. Default none. */
  readonly stochasticDepth?: StochasticDepth | undefined;
}

/** A list of residual sub-layers in blocks, with a norm at the end where the method leaves the stream un-normed. */
export class Stack extends Module {
  readonly name: StackName;
  readonly width: number;
  readonly method: ResidualMethod;
  /** One record a block: sub-layer by name. Paths read `layers.3.feedForward`. */
  readonly layers: readonly Readonly<Record<string, SubLayer>>[];
  readonly finalNorm?: Norm | undefined;

  constructor(options: StackOptions, random: RandomStream) {
    super();
    const { name, width, block, dropout = 0 } = options ?? {};
    checkOneOf('Stack name', name, ['encoder', 'decoder']);
    checkRate(`${name} dropout`, dropout);
    check(typeof random?.fork === 'function', `${name} random`, random, 'randomStream(seed)');
    const depth = checkInteger(`${name} depth`, options.depth);
    const method = checkMethod(options.method, `method of the ${name}`);
    this.name = name;
    this.width = width;
    this.method = method;
    const depths = options.depths ?? { encoder: 0, decoder: 0, [name]: depth };
    const skipping = options.stochasticDepth && checkedStochasticDepth(options.stochasticDepth, name);
    check(Array.isArray(block), `block of the ${name}`, block, 'a list of sub-layers');
    if (block.length === 0) throw new SteadyformerError(`${name}: a block needs at least one sub-layer`);
    for (const spec of block) {
      check(typeof spec?.branch === 'function', 'sub-layer', spec, '{ name, branch }');
      checkName('sub-layer name', spec.name);
    }
    const names = block.map((spec) => spec.name);
    const repeated = names.find((item, i) => names.indexOf(item) !== i);
    if (repeated) {
      throw new SteadyformerError(
        `${name}: two sub-layers of a block are called '${repeated}'; give each its own name`,
      );
    }
    const sharedScales: SharedScales = new Map();
    const undo = undoing();
    try {
      this.layers = Array.from({ length: depth }, (_, b) =>
        Object.fromEntries(
          block.map((spec, s) => {
            const place: Place = {
              stack: name,
              kind: spec.kind ?? spec.name,
              block: b,
              index: b * block.length + s,
              branches: depth * block.length,
              depths,
              endsBlock: s === block.length - 1,
            };
            const site = {
              place,
              width,
              plan: method.plan(place),
              random: random.fork('layers').fork(b).fork(spec.name),
            };
            const skip = skipping && skipRate(skipping, place);
            const joins = { branch: spec.branch, dropout, skipRate: skip, sharedScales };
            return [spec.name, new SubLayer(site, joins)];
          }),
        ),
      );
      const last = this.subLayers().at(-1)!.subLayer.residual;
      if (needsFinalNorm(last) && last.before) this.finalNorm = normOf(last.before, width);
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
      let stream = x;
      for (const [b, layer] of this.layers.entries()) {
        const blockContext = scope(layersContext, b);
        const blockInput = stream;
        for (const [name, subLayer] of Object.entries(layer)) {
          stream = subLayer.call(stream, scope(blockContext, name), blockInput);
        }
      }
      const output = this.finalNorm?.call(stream) ?? stream;
      return output === x ? tf.clone(x) : output;
    });
  }
}

/** A sub-layer entry for a branch of the user's own. */
export const subLayer = (name: string, branch: SubLayerSpec['branch']): SubLayerSpec => ({ name, branch });

export type { Branch };
