import type { InputDescription, MethodDescription, TokensDescription } from '@steadyformer/analysis';
import { type FullConfig, methodFrom, type StackConfig, SteadyformerError } from '@steadyformer/core';

/** x_0 of a token embedding with sinusoidal positions: E[x^2] = 1.5, of which the positions' mean is a part. */
const EMBEDDED = { variance: 1.33, secondMoment: 1.5, correlation: 0.19 };

/** The block of a decoder without an encoder. */
const SELF_ONLY = ['selfAttention', 'feedForward'];

/** What theory is told of a config's stacks, by name. Throws where it knows no closed forms of the branches. */
export const describedStacks = (
  config: FullConfig,
  tokens: TokensDescription,
  where: string,
  inputs: Readonly<Record<string, InputDescription>> = {},
): Readonly<Record<string, MethodDescription>> => {
  const { width, heads, feedForward, activation } = config;
  const positions = config.attentionPositions ? { attentionPositions: true } : {};
  if (activation !== 'relu') {
    throw new SteadyformerError(
      `${where}: closed forms hold for relu and the config says ${activation}; depth-check measures the variances`,
    );
  }
  const entering = !('vocabulary' in config) || config.vocabulary === undefined ? { variance: 1 } : EMBEDDED;
  const describe = (
    stack: 'encoder' | 'decoder',
    { depth, method, block }: StackConfig,
  ): MethodDescription => {
    const kinds = block?.map(({ name, module }) => module ?? name);
    return {
      method: methodFrom(method),
      depth,
      stack,
      width,
      heads,
      feedForward,
      ...positions,
      input: inputs[stack] ?? entering,
      tokens,
      ...(kinds ? { block: kinds } : config.kind === 'languageModel' ? { block: SELF_ONLY } : {}),
    };
  };
  return {
    ...('encoder' in config ? { encoder: describe('encoder', config.encoder) } : {}),
    ...('decoder' in config ? { decoder: describe('decoder', config.decoder) } : {}),
  };
};
