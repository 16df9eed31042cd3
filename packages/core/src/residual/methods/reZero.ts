import type { Place } from '../place';
import { ONE, type Residual, type ResidualMethod } from '../residual';

/** alpha, 0 at the start, one scalar that the sub-layers of a block share. */
const blockScale = ({ block }: Place): Residual['branchScale'] => ({
  kind: 'scalar',
  initial: 0,
  sharedBy: `block ${block}`,
});

/**
 * x' = x + alpha f(x) without norms, alpha one trained scalar a block from 0 (Bachlechner et al. 2020).
 *
 * @see {@link https://arxiv.org/abs/2003.04887 | Bachlechner et al. 2020, ReZero is All You Need}
 */
export const reZero = (): ResidualMethod => ({
  name: 'reZero',
  options: {},
  plan: (place) => ({ residual: { shortcutScale: ONE, branchScale: blockScale(place) } }),
});

/**
 * x' = LN(x + alpha f(x)), alpha as in ReZero: the variant Liu et al. 2020 compare with.
 *
 * @see {@link https://arxiv.org/abs/2004.08249 | Liu et al. 2020, Understanding the Difficulty of Training Transformers}
 * @see {@link https://arxiv.org/abs/2003.04887 | Bachlechner et al. 2020, ReZero is All You Need}
 */
export const reZeroPostLN = (): ResidualMethod => ({
  name: 'reZeroPostLN',
  options: {},
  plan: (place) => ({
    residual: { after: 'layer', shortcutScale: ONE, branchScale: blockScale(place) },
  }),
});
