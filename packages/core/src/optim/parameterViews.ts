import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../backend/kernels';
import type { NamedParameter } from '../state/module';

/** Zeros in memory of the backend's own, where its kernels reach them; `tf.zeros` gives it an array of JavaScript. */
export const zeros1d = (size: number): tf.Tensor1D => tf.fill([size], 0);

/**
 * Parameters laid end to end in one buffer, each variable a view of its stretch, so that an in-place kernel over
 * the buffer updates all of them. A variable that was assigned to in between is copied in and attached anew. What is
 * read or cloned of a parameter keeps its values: backends with these kernels copy on reading and before writing.
 */
export class ParameterViews {
  private readonly flat: tf.Tensor1D;
  private readonly views: tf.Tensor[] = [];
  private readonly variables: readonly tf.Variable[];

  /** `memory` [P] is laid over instead of a copy of the values: what it holds becomes the parameters' value. */
  constructor(parameters: readonly NamedParameter[], memory?: Float32Array) {
    this.variables = parameters.map(({ parameter }) => parameter.variable);
    const size = parameters.reduce((sum, { parameter }) => sum + parameter.size, 0);
    this.flat = tf.keep(memory ? tf.tensor1d(memory) : zeros1d(size));
    let offset = 0;
    try {
      for (const variable of this.variables) {
        const [view] = runKernel('SteadyView', { x: this.flat }, { offset, shape: variable.shape });
        this.views.push(tf.keep(view!));
        if (memory) variable.assign(view!);
        offset += variable.size;
      }
      // Copied, never taken over: others may hold what a variable holds now.
      this.attached();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** The buffer, [P], with every variable attached to it. */
  attached(): tf.Tensor1D {
    for (const [i, variable] of this.variables.entries()) {
      const view = this.views[i]!;
      if (variable.dataId === view.dataId) continue;
      tf.tidy(() => {
        runKernel('SteadyCopy', { destination: view, source: variable }, {});
      });
      variable.assign(view);
    }
    return this.flat;
  }

  /**
   * Says that others, threads that share the memory, are about to write it: by a copy of nothing in place, before which
   * a backend gives clones of the parameters values of their own.
   */
  beforeOthersWrite(): void {
    tf.tidy(() => {
      const [destination] = runKernel('SteadyView', { x: this.flat }, { offset: 0, shape: [0] });
      runKernel('SteadyCopy', { destination: destination!, source: tf.zeros([0]) }, {});
    });
  }

  /** Gives every variable memory of its own again and frees the buffer. */
  dispose(): void {
    for (const [i, view] of this.views.entries()) {
      const variable = this.variables[i]!;
      if (!variable.isDisposed && variable.dataId === view.dataId) {
        const own = tf.tidy(() => tf.add(view, 0));
        variable.assign(own);
        own.dispose();
      }
      view.dispose();
    }
    this.flat.dispose();
  }
}
