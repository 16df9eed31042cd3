import { check } from '../checks/errors';
import type { PositionScheme } from '../layers/attentionPositions';
import type { TokenEmbeddingOptions } from '../layers/tokenEmbedding';
import type { RandomStream } from '../random/random';
import type { StackPlace } from '../residual/place';
import { Stack } from '../residual/stack';
import type { Architecture, BuildOptions, StackMethods } from './architecture';
import { blockFrom, usualBlock } from './blockConfig';
import type { ModelParts } from './parts';
import type { SharedConfig } from './schema';

/** The table that a name stands for: its own, or that of the name it is one with. */
const tableOf = (architecture: Architecture, name: string): string => {
  const entry = architecture.embeddings[name];
  return typeof entry === 'string' ? tableOf(architecture, entry) : name;
};

/** Where a stack stands among those of the architecture. */
const placeOf = ({ stacks }: Architecture, stack: string): StackPlace => {
  const { depth, causal, reads } = stacks[stack]!;
  const depthsOf = (names: readonly string[]): Record<string, number> =>
    Object.fromEntries(names.map((name) => [name, stacks[name]!.depth]));
  const readers = Object.keys(stacks).filter((name) => stacks[name]!.reads.includes(stack));
  return { stack, depth, causal: causal === true, reads: depthsOf(reads), readBy: depthsOf(readers) };
};

/** The options of a table; positions, dropout and gain are those of the first stack that it feeds. */
export const tableOptions = (
  name: string,
  { width, padId, positions, dropout }: SharedConfig,
  architecture: Architecture,
  methods: StackMethods,
): TokenEmbeddingOptions => {
  const { vocabulary } = architecture.embeddings[name] as { readonly vocabulary: number };
  const stack = Object.keys(architecture.stacks).find((each) => {
    const { embedding } = architecture.stacks[each]!;
    return embedding !== undefined && tableOf(architecture, embedding) === name;
  });
  if (stack === undefined) return { vocabulary, width, padId };
  const gain = methods[stack]!.embeddingGain?.(placeOf(architecture, stack)) ?? 1;
  return { vocabulary, width, padId, positions, dropout: dropout.residual, gain };
};

const positionsOf = (
  { attentionPositions: config }: SharedConfig,
  { positions }: ModelParts,
): PositionScheme | undefined => {
  const next = 'Build it by encoder() or fromConfig().';
  check(config === undefined || positions, 'attentionPositions', config, 'none', next);
  return config && positions?.(config);
};

/** The stack `name`, its weights from the child stream of that name. */
export const buildStack = (
  name: string,
  shared: SharedConfig,
  architecture: Architecture,
  methods: StackMethods,
  parts: ModelParts,
  own: NonNullable<BuildOptions['modules']>,
  random: RandomStream,
): Stack => {
  const { depth, reads, block = usualBlock(reads), stochasticDepth } = architecture.stacks[name]!;
  const { causal, reads: read, readBy } = placeOf(architecture, name);
  const { width, heads, keyValueHeads, feedForward, activation, dropout } = shared;
  const built = {
    ...{ width, heads, keyValueHeads, feedForward, activation },
    attentionDropout: dropout.attention,
    activationDropout: dropout.activation,
    positions: positionsOf(shared, parts),
  };
  return new Stack(
    {
      ...{ name, width, depth, causal, reads: read, readBy, stochasticDepth },
      block: blockFrom(block, { name, reads }, built, parts, own),
      method: methods[name]!,
      dropout: dropout.residual,
    },
    random.fork(name),
  );
};

/**
 * Throws on a model that would be too large to build, and on two kinds of positions; what parts need of each other is for
 * the parts to check. `where` is `config`, or the kind whose options it was made of.
 */
export const checkBuildable = (shared: SharedConfig, architecture: Architecture, where: string): void => {
  const { width, feedForward, positions, attentionPositions } = shared;
  let rows = positions.kind === 'learned' ? positions.length : 0;
  for (const entry of Object.values(architecture.embeddings)) {
    if (typeof entry !== 'string') rows += entry.vocabulary;
  }
  for (const [name, { depth, reads, block = usualBlock(reads) }] of Object.entries(architecture.stacks)) {
    // More take minutes to build, and nobody has trained as many.
    const most = Math.floor(20_000 / block.length);
    check(depth <= most, `${name} depth`, depth, `1 to ${most}`);
    // At least, where a block has attention or feed-forward.
    rows += depth * (width + feedForward);
  }
  // 4 GiB of float32, as much as one flat array of an optimizer may take.
  check(width * rows <= 2 ** 30, `${where} parameters`, width * rows, 'up to 2^30');
  if (attentionPositions !== undefined) {
    const { kind } = attentionPositions as { readonly kind?: string };
    const beside = `'none' beside attentionPositions '${kind ?? attentionPositions}'`;
    check(positions.kind === 'none', 'positions', positions.kind, beside);
  }
};

/** Throws unless there is a method for every stack. */
export const checkMethods = (methods: StackMethods, { stacks }: Architecture): void => {
  for (const name of Object.keys(stacks)) {
    const given = Object.hasOwn(Object(methods), name);
    const allowed = `a residual method for each of ${Object.keys(stacks).join(', ')}`;
    check(given, 'methods of a model', methods, allowed, 'fromConfig(config) finds them by their names.');
  }
};
