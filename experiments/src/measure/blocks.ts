import { meanOf } from '../framework/statistics';

/** A parameter of a block: stack, number of the block, name in it. */
export const BLOCK = /^(encoder|decoder)\.layers\.(\d+)\.(.+)$/u;

/**
 * Geometric mean of a quantity over the lowest third of a stack's blocks, over that of the highest third: the same matrices
 * in each, so that sizes cancel.
 */
export const lowOverHigh = <Matrix extends { readonly path: string }>(
  network: readonly Matrix[],
  of: 'encoder' | 'decoder',
  quantity: (matrix: Matrix) => number,
): number => {
  const own = network.flatMap((each) => {
    const [, stack, block] = BLOCK.exec(each.path) ?? [];
    return stack === of ? [{ block: Number(block), value: Math.log(quantity(each)) }] : [];
  });
  const blocks = 1 + Math.max(...own.map(({ block }) => block));
  const third = Math.max(1, Math.floor(blocks / 3));
  const low = own.filter(({ block }) => block < third).map(({ value }) => value);
  const high = own.filter(({ block }) => block >= blocks - third).map(({ value }) => value);
  return Math.exp(meanOf(low) - meanOf(high));
};
