import { methods } from '@steadyformer/core';
import { titleOf } from './titles';

export interface MethodName {
  readonly name: string;
  readonly title: string;
}

/** The methods in the order of the code's table. */
export const names = (): MethodName[] => Object.keys(methods).map((name) => ({ name, title: titleOf(name) }));

export const data = names;
