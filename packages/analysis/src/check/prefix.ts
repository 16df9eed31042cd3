import type { BranchDescription, StackDescription } from '../theory/description';
import { alike } from '../theory/symbolicGrowth';

/** Whether the shallow model's stacks are prefixes of the deeper one's, in records, scales and gains. */
export const samePrefix = (
  shallow: Readonly<Record<string, StackDescription>>,
  deeper: Readonly<Record<string, StackDescription>>,
): boolean =>
  Object.entries(shallow).every(([path, { branches }]) =>
    branches.every((branch: BranchDescription, i) => {
      const other = deeper[path]?.branches[i];
      return other !== undefined && alike(branch, other);
    }),
  );
