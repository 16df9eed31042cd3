import { type Module, type ParameterGroup, select } from '@steadyformer/core';
import type { GroupConfig } from './sections/training';

/**
 * The groups of a config as the optimizer takes them.
 *
 * @throws SteadyformerError where a pattern selects nothing, with the nearest path
 */
export const groupsOf = (model: Module, groups: readonly GroupConfig[]): ParameterGroup[] =>
  groups.map(({ select: pattern, ...rest }) => ({
    name: pattern,
    parameters: select(model, pattern),
    ...rest,
  }));
