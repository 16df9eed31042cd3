import type { Sampled } from '../../measure/sampled';
import type { Cell } from '../table';

/** The ends of a 95 % interval; empty with one run. */
export const intervalCells = ({ interval }: Sampled): readonly [Cell, Cell] => interval ?? ['', ''];
