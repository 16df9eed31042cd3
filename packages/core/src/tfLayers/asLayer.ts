import * as tf from '@tensorflow/tfjs';
import {
  check,
  checkInteger,
  checkOptions,
  checkRecord,
  entryOf,
  SteadyformerError,
  show,
} from '../checks/errors';
import type { Context } from '../context/context';
import { type BlockOptions, encoderBlock, OPTIONS } from '../models/blocks';
import { MASKED } from '../ops/attention';
import { type RandomStream, randomStream } from '../random/random';
import { methodFrom } from '../residual/methods';
import type { MethodConfig } from '../residual/residual';
import { Stack } from '../residual/stack';
import type { StochasticDepth } from '../residual/stochasticDepth';
import type { Module, NamedParameter } from '../state/module';
import {
  type AsLayerOptions,
  checkLayerOptions,
  jsonOf,
  type ModuleDescription,
  parsed,
} from './layerOptions';

/** A module of streams, as a Stack and a SubLayer are. */
export interface StreamModule extends Module {
  /** x [B, T, D]: [B, T, D'] */
  call(x: tf.Tensor3D, context: Context): tf.Tensor3D;
}

/** Makes a module from its JSON options; `random` is for the initial weights. */
export type ModuleFactory = (config: Readonly<Record<string, unknown>>, random: RandomStream) => StreamModule;

/** Options of the built-in factory 'encoder': an encoder stack. */
export interface EncoderStackConfig extends BlockOptions {
  readonly depth: number;
  readonly method: MethodConfig;
  /** Dropout of every branch's output. Default 0. */
  readonly dropout?: number;
  /** Branches skipped at random in training. Default none. */
  readonly stochasticDepth?: StochasticDepth;
}

export type { AsLayerOptions, ModuleDescription } from './layerOptions';

const PACKAGE = 'Steadyformer';

/** What tfjs calls a layer with. */
interface CallOptions {
  readonly training?: boolean;
  /** Of the tokens, [B, T], from a layer such as an embedding with maskZero. */
  readonly mask?: tf.Tensor | readonly (tf.Tensor | null)[] | null;
}

/** What tfjs itself saves of a layer. */
interface SavedOptions {
  readonly trainable?: boolean;
  readonly batchInputShape?: (number | null)[];
}

interface LayerConfig extends AsLayerOptions, SavedOptions {
  /** JSON, so that tfjs's renaming of keys (camelCase to snake_case) leaves it alone. */
  readonly module: string;
}

/** A weight of a tfjs layer that is one of our parameters: both read and write the same tf.Variable. */
class SharedWeight extends tf.LayerVariable {
  private readonly named: NamedParameter;

  constructor(named: NamedParameter) {
    super(named.parameter.value, 'float32', named.path);
    // The variable that tfjs made would be a second one.
    this.val.dispose();
    this.named = named;
  }

  override read(): tf.Tensor {
    return this.named.parameter.variable;
  }

  override write(value: tf.Tensor): this {
    this.named.parameter.assign(value);
    return this;
  }

  override dispose(): void {
    this.named.parameter.dispose();
  }

  override get trainable(): boolean {
    return this.named.parameter.variable.trainable;
  }

  override set trainable(trainable: boolean) {
    this.named.parameter.variable.trainable = trainable;
  }
}

/** A tf.layers.Layer around a module. Its trainable weights are the module's parameters themselves. */
export class ModuleLayer<M extends StreamModule = StreamModule> extends tf.layers.Layer {
  static className: string = `${PACKAGE}.Module`;
  readonly module: M;
  private readonly random: RandomStream;
  private readonly seed: number;
  /** Training calls so far: each draws its dropout bits from a stream of its own. */
  private calls = 0;

  constructor(module: M, { seed = 1, inputShape, ...options }: AsLayerOptions & SavedOptions = {}) {
    super({ ...options, ...(inputShape ? { inputShape: [...inputShape] } : {}) });
    this.module = module;
    this.seed = seed;
    this.random = randomStream(seed).fork('layer');
    this.supportsMasking = true;
  }

  override build(_inputShape: tf.Shape | tf.Shape[]): void {
    this.trainableWeights = this.module.parameters().map((named) => new SharedWeight(named));
    this.built = true;
  }

  /** Runs the module on zeros: the width of what it returns, and a clear error where it takes no such input. */
  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const shape = (Array.isArray(inputShape[0]) ? inputShape[0] : inputShape) as tf.Shape;
    const width = shape[2];
    if (shape.length !== 3 || width == null) {
      throw new SteadyformerError(
        `asLayer(): layer ${this.name} received an input of shape ${show(shape)}, expected [batch, tokens, width]`,
      );
    }
    const output = tf.tidy(() => this.module.call(tf.zeros([1, shape[1] ?? 1, width]), {}).shape);
    return [shape[0]!, shape[1]!, output[2]];
  }

  override call(inputs: tf.Tensor | tf.Tensor[], options: CallOptions = {}): tf.Tensor3D {
    return tf.tidy(() => {
      const x = (Array.isArray(inputs) ? inputs[0] : inputs) as tf.Tensor3D;
      const training = options.training === true;
      if (training) this.calls += 1;
      const mask = paddingMask(options.mask);
      return this.module.call(x, {
        training,
        path: this.name,
        ...(training ? { random: this.random.fork(this.calls) } : {}),
        ...(mask ? { mask } : {}),
      });
    });
  }

  /** What the layer is rebuilt from. Throws for a module of which no description is known. */
  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), seed: this.seed, module: this.description() };
  }

  protected description(): string {
    throw new SteadyformerError(
      `asLayer(): layer ${this.name} cannot be saved, for its module came without a description. ` +
        "Register a factory with registerModules({ name: factory }) and give asLayer({ factory: 'name', config }).",
    );
  }
}

/** tfjs's masks: one tensor or a list, 1 at real tokens. Ours: very negative at pads, [B, 1, 1, T]. */
const paddingMask = (given: CallOptions['mask']): tf.Tensor4D | undefined => {
  const mask = given instanceof tf.Tensor ? given : given?.[0];
  if (!mask) return undefined;
  const pads = tf.sub(1, tf.cast(mask, 'float32'));
  return tf.reshape(tf.mul(pads, MASKED), [mask.shape[0]!, 1, 1, mask.shape[1]!]);
};

/** As of models. */
const MOST_BLOCKS = 10_000;
const MOST_NUMBERS = 2 ** 30;
const SIZES = 'up to 10000 blocks, and depth * width * (width + feedForward) up to 2^30';

const encoder: ModuleFactory = (config, random) => {
  checkRecord("config of the factory 'encoder'", config, '{ width, heads, feedForward, depth, method }');
  const { depth, method, dropout = 0, stochasticDepth, ...block } = config as unknown as EncoderStackConfig;
  checkOptions(block, OPTIONS, "factory 'encoder'");
  checkInteger('encoder depth', depth);
  const numbers = depth * block.width * (block.width + block.feedForward);
  const sized = depth <= MOST_BLOCKS && !(numbers > MOST_NUMBERS);
  check(sized, 'encoder depth, width and feedForward', [depth, block.width, block.feedForward], SIZES);
  const skipping = stochasticDepth ? { stochasticDepth } : {};
  const options = { name: 'encoder' as const, width: block.width, depth, dropout, ...skipping };
  return new Stack({ ...options, method: methodFrom(method), block: encoderBlock(block) }, random);
};

const BUILT_IN: Readonly<Record<string, ModuleFactory>> = { encoder };

type LayerClass = tf.serialization.SerializableConstructor<ModuleLayer>;

const register = (factory: string, make: ModuleFactory): void => {
  class Described extends ModuleLayer {
    static override className: string = `${PACKAGE}.${factory}`;
    private readonly text: string;

    constructor({ module, ...options }: LayerConfig) {
      super(make(parsed(module, factory), randomStream(options.seed ?? 1).fork('weights')), options);
      this.text = module;
    }

    protected override description(): string {
      return this.text;
    }
  }
  tf.serialization.registerClass(Described, PACKAGE, factory);
};

/**
 * Tells tf.loadLayersModel how to rebuild modules: the built-in 'encoder' and your own, by name. Call it before
 * loading a model that holds such layers.
 *
 * @throws SteadyformerError on what is no record of functions
 */
export const registerModules = (factories: Readonly<Record<string, ModuleFactory>> = {}): void => {
  checkRecord('registerModules()', factories, 'factories by name');
  for (const [name, make] of Object.entries(factories)) {
    check(typeof make === 'function', `factory ${show(name)}`, make, 'a function (config, random) => module');
  }
  for (const [name, make] of Object.entries({ ...BUILT_IN, ...factories })) register(name, make);
};

const registered = (factory: string): LayerClass => {
  check(typeof factory === 'string', 'asLayer() factory', factory, 'the name of a factory');
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  const prefix = `${PACKAGE}.`;
  if (!classNameMap[`${prefix}encoder`]) registerModules();
  const ours = Object.entries(classNameMap).filter(([name]) => name.startsWith(prefix));
  const factories = Object.fromEntries(ours.map(([name, [found]]) => [name.slice(prefix.length), found]));
  const next = ' Register yours with registerModules({ name: factory }).';
  return entryOf(factories, factory, 'factory', next) as unknown as LayerClass;
};

/**
 * A tf.layers.Layer around a module, for tf.model and tf.sequential: [B, T, D] in, [B, T, D'] out. `fit` trains the
 * module's own parameters; `dispose` of the model frees them. Dropout is on where tfjs trains, from a seeded stream
 * that moves with every call. Masks of an embedding with maskZero reach self-attention.
 *
 * From a description ({ factory, config }) the module is made here, and the model can be saved and loaded; around a
 * module in hand the layer does all but that. Throws on an unknown factory.
 */
export function asLayer<M extends StreamModule>(module: M, options?: AsLayerOptions): ModuleLayer<M>;
export function asLayer(description: ModuleDescription, options?: AsLayerOptions): ModuleLayer;
export function asLayer(source: StreamModule | ModuleDescription, options: AsLayerOptions = {}): ModuleLayer {
  checkLayerOptions(options);
  const allowed = "a module such as a Stack, or { factory: 'encoder', config }";
  checkRecord('asLayer()', source, allowed);
  check('factory' in source || typeof source.parameters === 'function', 'asLayer()', source, allowed);
  if (!('factory' in source)) return new ModuleLayer(source, options);
  checkOptions(source, ['factory', 'config'], 'asLayer() description');
  const Layer = registered(source.factory);
  return new Layer({ ...options, module: jsonOf(source.config) });
}
