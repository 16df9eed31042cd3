import {
  create,
  type FactoryFunctionMap,
  invDependencies,
  type MathJsInstance,
  multiplyDependencies,
  transposeDependencies,
} from 'mathjs';

/** mathjs types every set of factories as possibly absent. */
const factories = { invDependencies, multiplyDependencies, transposeDependencies } as FactoryFunctionMap;

/**
 * The three functions of mathjs that the fits need. In a module of its own, to be imported dynamically: a bundler
 * then makes a chunk of these alone, and Node, which reads the whole library, does so at the first fit only.
 */
export const algebra: Pick<MathJsInstance, 'inv' | 'multiply' | 'transpose'> = create(factories);
