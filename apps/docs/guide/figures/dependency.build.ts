import { predict } from '@steadyformer/analysis';
import { admin, postLN, preLN } from '@steadyformer/core';
import type { DependencyRows, Kind, Rows } from './dependency';
import { byMethod } from './methods';

/** The paper's deepest encoder without tricks: 18 blocks, 36 branches. */
const BLOCKS = 18;

const MADE = { postLN, preLN, admin };

const rounded = (rows: Rows): number[][] => rows.map((row) => row.map((beta) => Number(beta.toFixed(4))));

/** beta_ij of the three methods by analysis' theory: what the page would need all of TensorFlow.js for. */
export const dependencyRows = (): DependencyRows => {
  const of = (kind: Kind) =>
    byMethod((method) => {
      const equal = kind === 'equal' ? { variance: 1, block: ['branch'], depth: 2 * BLOCKS } : {};
      return rounded(predict({ method: MADE[method](), depth: BLOCKS, ...equal }).dependency);
    });
  return { start: of('start'), equal: of('equal') };
};

export const data = dependencyRows;
