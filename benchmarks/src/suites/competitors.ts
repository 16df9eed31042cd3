import type { Competitor } from '../harness/competitor';

/** A child of ours on Node. */
export const nodeChild = (
  name: string,
  program: string,
  options: object,
  env: Competitor['env'] = {},
): Competitor => ({ name, program: process.execPath, args: [program, JSON.stringify(options)], env });

export const threadText = (threads: number): string => `${threads} thread${threads === 1 ? '' : 's'}`;
