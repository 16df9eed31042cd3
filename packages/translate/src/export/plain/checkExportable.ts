import {
  CrossAttention,
  FeedForward,
  type Residual,
  SelfAttention,
  type Stack,
  SteadyformerError,
  type SubLayer,
  type Transformer,
} from '@steadyformer/core';
import { PLAIN_ACTIVATIONS, type PlainActivation } from './plainTransformer';

const cannot = (what: string, why: string, next: string): SteadyformerError =>
  new SteadyformerError(`cannot export ${what}: ${why}. ${next}`);

const NEXT_METHOD = "Train with the method 'admin', whose scales are folded away, or 'postLN'.";
const NEXT_BLOCK = 'Train with the usual blocks.';

/** What of a residual x' = LN(x + f(x)) does not have; its shortcut's scale is folded. */
const oddOf = ({ before, readScale, inside, after, branchScale, streams }: Residual): string | undefined => {
  if (before !== undefined) return 'a norm before its branch (Pre-LN)';
  if (readScale !== undefined) return 'a scale of what its branch reads';
  if (inside !== undefined) return "a norm of its branch's output";
  if (streams !== undefined) return 'several streams';
  if (branchScale.kind !== 'one') return 'a scale on its branch';
  if (after === undefined) return 'no norm of the sum';
  if (after !== 'layer') return `the norm '${typeof after === 'string' ? after : after.name}'`;
  return undefined;
};

const BRANCHES = [
  ['self-attention', SelfAttention],
  ['cross-attention', CrossAttention],
  ['feed-forward', FeedForward],
] as const;

/** What of a branch the formats have no place for. */
const oddBranch = (branch: SubLayer['branch'], heads: number): string | undefined => {
  const attention = branch as SelfAttention | CrossAttention;
  if ((branch as SelfAttention).valueMix) return 'values of an earlier attention mixed into its own';
  if (attention.headScale !== undefined) return 'a scale of every head';
  if (attention.innerNorm !== undefined) return 'a norm inside its branch';
  if (attention.queryNorm ?? attention.valueNorm) return 'norms of queries, keys or values';
  if (attention.queryKeyScale) return 'a scale of its queries and keys';
  if (attention.logitCap !== undefined) return 'a cap on its scores';
  const { output, scale } = attention;
  if (branch instanceof FeedForward || scale === 1 / Math.sqrt(output.weight.shape[0]! / heads)) return;
  return `scores times ${scale}, not 1 / sqrt(features of a head)`;
};

const checkStack = (
  name: string,
  stack: Stack,
  heads: number,
  wanted: readonly (typeof BRANCHES)[number][],
): void => {
  const usual = wanted.map(([kind]) => kind).join(', ');
  const found = stack.subLayers();
  for (const [i, { path, subLayer }] of found.entries()) {
    const where = `${name}.${path}`;
    const [kind, form] = wanted[i % wanted.length]!;
    // A class that extends one of core's may compute something else.
    if (Object.getPrototypeOf(subLayer.branch) !== form.prototype) {
      throw cannot(
        where,
        `its branch is not the ${kind} that stands there in the formats' ${name} (${usual})`,
        NEXT_BLOCK,
      );
    }
    const odd = oddOf(subLayer.residual) ?? oddBranch(subLayer.branch, heads);
    if (odd !== undefined) {
      throw cannot(where, `it has ${odd}, and the formats know x' = LN(x + f(x)) alone`, NEXT_METHOD);
    }
  }
  const blocks = stack.layers.length;
  if (found.length !== blocks * wanted.length) {
    const count = found.length / blocks;
    throw cannot(
      name,
      `its blocks have ${count} sub-layers, where the formats have ${wanted.length} (${usual})`,
      NEXT_BLOCK,
    );
  }
};

/**
 * The activation of a model that the formats can hold once its shortcut scales are folded away, by its residual records
 * and config.
 *
 * @throws SteadyformerError that names the sub-layer or option the formats have no place for, and what to do
 */
export const checkExportable = (model: Transformer): PlainActivation => {
  const { attentionPositions, keyValueHeads, heads, activation } = model.config;
  const next = 'Train without that option.';
  if (attentionPositions !== undefined) {
    const kind = typeof attentionPositions === 'string' ? attentionPositions : attentionPositions.kind;
    throw cannot(`attentionPositions '${kind}'`, 'the formats have position vectors alone', next);
  }
  if (keyValueHeads !== undefined && keyValueHeads !== heads) {
    throw cannot(
      `keyValueHeads ${keyValueHeads} with ${heads} heads`,
      'in the formats every head has keys and values of its own',
      next,
    );
  }
  if (!(PLAIN_ACTIVATIONS as readonly string[]).includes(activation)) {
    const known = PLAIN_ACTIVATIONS.join(', ');
    throw cannot(`the activation '${activation}'`, `the formats know ${known}`, 'Train with one of these.');
  }
  const [self, cross, feedForward] = BRANCHES;
  checkStack('encoder', model.encoder, heads, [self, feedForward]);
  checkStack('decoder', model.decoder, heads, [self, cross, feedForward]);
  return activation as PlainActivation;
};
