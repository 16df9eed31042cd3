import { ONE, type ResidualMethod } from '../residual';

/**
 * Pre-LN whose branches end in weights (output, outer) that start multiplied by N^(-1/2), N the residual branches of
 * the stack (Radford et al. 2019, section 2.3).
 *
 * @see {@link https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf | Radford et al. 2019, Language Models are Unsupervised Multitask Learners}
 */
export const gpt2Scaling = (): ResidualMethod => ({
  name: 'gpt2Scaling',
  options: {},
  plan: ({ branches }) => ({
    residual: { before: 'layer', shortcutScale: ONE, branchScale: ONE },
    initGains: { output: branches ** -0.5, outer: branches ** -0.5 },
  }),
});
