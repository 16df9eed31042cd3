import { readFileSync } from 'node:fs';
import { dynamicTanh, type FeedForwardActivation, type NormKind } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { branchMoments, streamMoments } from './closedForm';
import type { BranchForm } from './description';
import { normed } from './norms';
import { passed, through } from './passing';

type Pair = readonly [power: number, covariance: number];

interface Case {
  readonly kind: 'feedForward' | 'selfAttention';
  readonly activation?: FeedForwardActivation;
  readonly innerNorm?: NormKind;
  readonly valueNorm?: NormKind;
  readonly queryKeyNorm?: NormKind;
  readonly causal?: boolean;
  readonly before?: 'tanh';
  /** Factor on queries' and keys' weights. */
  readonly sharp?: number;
  readonly power: number;
  readonly correlation: number;
  readonly output: Pair;
  /** Of the output where every weight moves by +-1. */
  readonly change: Pair;
  /** Where the input moves by power 1, tokens apart or all together. */
  readonly apart: Pair;
  readonly together: Pair;
}

// Written by fixtures/make_branches.py: numpy.
const { sizes, cases } = JSON.parse(
  readFileSync(new URL('./fixtures/branches.json', import.meta.url)).toString(),
) as { readonly sizes: Readonly<Record<string, number>>; readonly cases: readonly Case[] };
const { width = 0, hidden = 0, tokens = 0, sentences = 0 } = sizes;

const formOf = ({
  kind,
  activation,
  innerNorm,
  valueNorm,
  queryKeyNorm,
  causal,
  sharp = 1,
}: Case): BranchForm => {
  const inner = innerNorm ? { innerNorm } : {};
  return kind === 'feedForward'
    ? { kind, width, hidden, ...(activation ? { activation } : {}), ...inner }
    : {
        ...{ kind, width, ...inner },
        ...(valueNorm ? { valueNorm } : {}),
        ...(queryKeyNorm ? { queryKeyNorm } : {}),
        ...(causal ? { causal } : {}),
        gains: { query: sharp, key: sharp },
      };
};

/** Finite samples scatter; logits are only nearly independent, of keys that are. */
const OFF = { feedForward: 0.06, selfAttention: 0.09 };

describe('closed forms meet what was sampled of', () => {
  it.each(cases)(
    '$kind $activation $innerNorm $valueNorm $queryKeyNorm $causal $sharp at $power, $correlation',
    (each) => {
      const { power, correlation, output, change, apart, together } = each;
      const near = (found: number, expected: number, scale: number, what: string): void =>
        expect(Math.abs(found - expected) / scale, `${what}: ${found} for ${expected}`).toBeLessThan(
          OFF[each.kind],
        );
      const before = normed(
        each.before && dynamicTanh({ alpha: 0.5 }),
        { power, covariance: power * correlation },
        width,
      );
      const input = streamMoments(before, { count: tokens, sentences });
      const found = branchMoments(formOf(each), input);
      near(found.power, output[0], output[0], 'power');
      near(found.covariance, output[1], output[0], 'covariance');
      near(found.change.absolute, change[0], change[0], 'change');
      near(
        found.change.absolute * found.change.correlation!,
        change[1],
        change[0],
        'covariance of the change',
      );
      const passes = through(before.passes, found.passes);
      for (const [what, pair, covariance] of [
        ['apart', apart, 0],
        ['together', together, 1],
      ] as const) {
        const behind = passed(passes, { power: 1, covariance });
        const scale = Math.max(pair[0], together[0] / tokens);
        near(behind.power, pair[0], scale, `power of a change ${what}`);
        near(behind.covariance, pair[1], scale, `covariance of a change ${what}`);
      }
    },
  );
});
