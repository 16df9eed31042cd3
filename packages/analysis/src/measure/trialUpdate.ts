import {
  flatten,
  methodTraining,
  type NamedParameter,
  Optimizer,
  type OptimizerState,
  Parameter,
  type ParameterGroup,
  type Stacked,
  type UpdateRule,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** How a model is trained. */
export interface TrainedBy {
  readonly rule: UpdateRule;
  /** Parameters that are trained in a way of their own; what the model's methods ask for comes on top. */
  readonly groups: readonly ParameterGroup[];
  /** Where the optimizer is; without it the update is its first. */
  readonly state?: OptimizerState | undefined;
}

/** The next update of an optimizer, made on copies: the weights and their optimizer stay as they are. */
export interface TrialUpdate {
  /** The parameters that move, in the order of gradients. */
  readonly trained: readonly NamedParameter[];
  /** From the weights to where projections want them before the update, [P]. The caller disposes it. */
  readonly start: tf.Tensor1D;
  /** Whether the rate scales the update and no projection bends its way. */
  readonly straight: boolean;
  /** From the weights to those behind an update by `gradient` [P] at this rate, [P]. The caller disposes it. */
  moved(gradient: tf.Tensor1D, rate: number): tf.Tensor1D;
}

/** @throws SteadyformerError on what an `Optimizer` of the model does not take */
export const trialUpdate = <Batch>(
  model: Stacked<Batch>,
  { rule, groups, state }: TrainedBy,
): TrialUpdate => {
  const training = methodTraining(model, rule, groups);
  let trained: readonly NamedParameter[] = [];
  /** What `f` makes of an optimizer's copies of the weights, less the weights. */
  const displaced = (f: (optimizer: Optimizer) => void): tf.Tensor1D => {
    const copies = new Map<Parameter, Parameter>();
    let optimizer: Optimizer | undefined;
    try {
      for (const { parameter } of model.parameters()) {
        copies.set(parameter, new Parameter(tf.clone(parameter.value)));
      }
      const copied = <T extends { readonly parameters: readonly NamedParameter[] }>(part: T): T => ({
        ...part,
        parameters: part.parameters?.map((named) => ({
          ...named,
          parameter: copies.get(named.parameter) ?? named.parameter,
        })),
      });
      optimizer = new Optimizer(copied({ parameters: model.parameters() }).parameters, rule, {
        groups: training.groups.map(copied),
        projections: training.projections.map(copied),
      });
      if (state) optimizer.restore(state);
      optimizer.prepare();
      f(optimizer);
      const moving = new Set(optimizer.trained.map(({ parameter }) => parameter));
      trained = model.parameters().filter(({ parameter }) => moving.has(copies.get(parameter)!));
      const now = optimizer.trained;
      return tf.tidy(() => tf.sub(flatOf(now), flatOf(trained)));
    } finally {
      optimizer?.dispose();
      for (const copy of copies.values()) copy.dispose();
    }
  };
  const start = displaced(() => {});
  return {
    trained,
    start,
    straight: training.projections.length === 0,
    moved: (gradient, rate) => displaced((optimizer) => optimizer.step(gradient, rate)),
  };
};

const flatOf = (parameters: readonly NamedParameter[]): tf.Tensor1D =>
  flatten(parameters.map(({ parameter }) => parameter.variable));
