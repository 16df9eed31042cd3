import * as tf from '@tensorflow/tfjs';
import { check, nearest, SteadyformerError, show } from '../checks/errors';
import type { Initial } from './initial';

/** A trainable array of a module: a tf.Variable, so that tf's gradients reach it. */
export class Parameter<R extends tf.Rank = tf.Rank> {
  readonly variable: tf.Variable<R>;
  /** Why the value is of no use, where it is not. */
  private unusable: string | undefined;

  /** Takes ownership of `value`. `initial` says how it was drawn, for `summary()`; absent where nobody says. */
  constructor(
    value: tf.Tensor<R>,
    readonly initial?: Initial | undefined,
  ) {
    this.variable = tf.variable(value);
    value.dispose();
  }

  get shape(): readonly number[] {
    return this.variable.shape;
  }

  get size(): number {
    return this.variable.size;
  }

  /** The value, as the tensor that ops take. Not to be disposed. Throws where it was left half updated. */
  get value(): tf.Tensor<R> {
    this.checkUsable();
    return this.variable as unknown as tf.Tensor<R>;
  }

  /** Says why the value is of no use, such as an update that stopped midway, until another is assigned. */
  invalidate(why: string): void {
    this.unusable = why;
  }

  /** Throws where the value is of no use. */
  checkUsable(): void {
    if (this.unusable !== undefined) throw new SteadyformerError(this.unusable);
  }

  /** Replaces the value; `tensor` stays the caller's. Throws where its shape differs. */
  assign(tensor: tf.Tensor<R>): void {
    if (!tf.util.arraysEqual(tensor.shape, this.variable.shape)) {
      throw new SteadyformerError(
        `Parameter.assign: received shape ${show(tensor.shape)}, expected ${show(this.shape)}`,
      );
    }
    const own = tf.clone(tensor);
    this.variable.assign(own);
    own.dispose();
    this.unusable = undefined;
  }

  dispose(): void {
    if (!this.variable.isDisposed) this.variable.dispose();
  }
}

/**
 * Notes which parameters there are, to free all later ones where making a module fails: hand the error to what it
 * returns, and throw what that returns.
 */
export const undoing = (): ((error: unknown) => unknown) => {
  const before = new Set(Object.keys(tf.engine().registeredVariables));
  return (error) => {
    for (const [name, variable] of Object.entries(tf.engine().registeredVariables)) {
      if (!before.has(name)) variable.dispose();
    }
    return error;
  };
};

/** A parameter of this shape that starts as `value` everywhere. */
export const constantParameter = <R extends tf.Rank = tf.Rank.R1>(
  shape: tf.ShapeMap[R],
  value: number,
): Parameter<R> => new Parameter(tf.fill<R>(shape, value), { kind: 'constant', value });

/** A vector parameter. `initial` says how the numbers were drawn. */
export const vectorParameter = (values: Float32Array, initial?: Initial): Parameter<tf.Rank.R1> =>
  new Parameter(tf.tensor1d(values, 'float32'), initial);

/** A matrix parameter [rows, columns] from row-major numbers. `initial` says how they were drawn. */
export const matrixParameter = (
  values: Float32Array,
  rows: number,
  columns: number,
  initial?: Initial | undefined,
): Parameter<tf.Rank.R2> => new Parameter(tf.tensor2d(values, [rows, columns], 'float32'), initial);

/** A vector parameter that starts as these numbers. */
export const givenParameter = (values: readonly number[]): Parameter<tf.Rank.R1> =>
  vectorParameter(Float32Array.from(values), { kind: 'given', values: [...values] });

/** A parameter with its dotted path, such as `encoder.layers.3.feedForward.branch.inner.weight`. */
export interface NamedParameter {
  readonly path: string;
  readonly parameter: Parameter;
}

/** Whether it is a list of parameters as `parameters()` gives it. */
export const areParameters = (value: unknown): value is readonly NamedParameter[] =>
  Array.isArray(value) && value.every((named) => named?.parameter?.variable);

/** Throws unless it is a list of parameters as `parameters()` gives it. */
export const checkParameters = (where: string, parameters: readonly NamedParameter[]): void => {
  check(
    areParameters(parameters),
    `${where} parameters`,
    parameters,
    'a list of parameters, as model.parameters() gives it',
  );
};

/** Throws as well where there is none, or one stands twice. */
export const checkSome = (where: string, parameters: readonly NamedParameter[]): void => {
  checkParameters(where, parameters);
  if (parameters.length === 0) throw new SteadyformerError(`${where}: the model has no parameters to train`);
  const paths = new Map<Parameter, string>();
  for (const { path, parameter } of parameters) {
    const other = paths.get(parameter);
    if (other !== undefined) {
      throw new SteadyformerError(
        `${where}: '${other}' and '${path}' are one parameter; give each once, as model.parameters() does`,
      );
    }
    paths.set(parameter, path);
  }
};

/**
 * A typed tree of parameters and sub-modules: whatever fields of a module hold a Parameter, a Module, or an
 * array or record of modules belong to the tree, under the field's name.
 */
export abstract class Module {
  /** Every parameter under each of its paths, in field order. */
  occurrences(): NamedParameter[] {
    return [...partsOf(this)].flatMap(([path, part]) =>
      part instanceof Parameter ? [{ path, parameter: part }] : [],
    );
  }

  /** Every parameter once, in field order; one shared by several modules goes under its first path. */
  parameters(): NamedParameter[] {
    const seen = new Set<Parameter>();
    return this.occurrences().filter(({ parameter }) => {
      if (seen.has(parameter)) return false;
      seen.add(parameter);
      return true;
    });
  }

  /** The module at a dotted path. Throws where there is none, naming the nearest path. */
  at(path: string): Module {
    if (path === '') return this;
    const known: string[] = [];
    for (const [partPath, part] of partsOf(this)) {
      if (part instanceof Parameter) continue;
      if (partPath === path) return part;
      known.push(partPath);
    }
    const hint = nearest(path, known);
    throw new SteadyformerError(
      `no module at ${show(path)}; ${hint ? `the nearest is '${hint}'` : 'this one has no modules inside'}`,
    );
  }

  /** The number of trainable scalars. */
  parameterCount(): number {
    return this.parameters().reduce((sum, { parameter }) => sum + parameter.size, 0);
  }

  /** Frees every parameter. The module is of no use afterwards. */
  dispose(): void {
    for (const { parameter } of this.parameters()) parameter.dispose();
  }
}

/**
 * What belongs to the tree below a module, list or record, with its path; a module comes before what it holds. A record
 * of the user's own may hold itself: `within` are those it lies in.
 */
function* partsOf(
  holder: object,
  prefix = '',
  within: readonly unknown[] = [holder],
): Generator<[string, Parameter | Module]> {
  for (const [key, value] of Object.entries(holder)) {
    const path = prefix + key;
    const isModule = value instanceof Module;
    if (isModule || value instanceof Parameter) yield [path, value];
    if ((isModule || Array.isArray(value) || isPlainRecord(value)) && !within.includes(value)) {
      yield* partsOf(value, `${path}.`, [...within, value]);
    }
  }
}

/** The path of a module or parameter in the tree below `holder`; undefined where it is not in it. */
export const pathOf = (holder: object, part: object): string | undefined => {
  for (const [path, found] of partsOf(holder)) if (found === part) return path;
  return undefined;
};

const isPlainRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
