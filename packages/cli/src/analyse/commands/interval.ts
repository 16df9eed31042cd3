import type { Sampled } from '@steadyformer/analysis';
import type { Cell } from '../../output/table';

/** The ends of a 95 % interval; empty with one run. */
export const intervalCells = ({ interval }: Sampled): readonly [Cell, Cell] => interval ?? ['', ''];
