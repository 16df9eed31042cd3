import { SteadyformerError } from '@steadyformer/core';

/** An error about something read: `file:line: what is wrong`, or `file: what is wrong` for the whole file. */
export const inputError = (name: string, line: number | undefined, problem: string): SteadyformerError =>
  new SteadyformerError(`${name}${line === undefined ? '' : `:${line}`}: ${problem}`);
