import { SteadyformerError } from '@steadyformer/core';

/** What an update came to whose loss or gradient is no number. */
export interface NotFinite {
  readonly update: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** An update that was not made, as its loss or gradient is not finite. The weights are as they were before it. */
export class NotFiniteUpdate extends SteadyformerError implements NotFinite {
  readonly update: number;
  readonly loss: number;
  readonly gradientNorm: number;
  readonly learningRate: number;

  constructor({ update, loss, gradientNorm, learningRate }: NotFinite) {
    super(
      `update ${update}: the loss is ${loss} and the gradient's norm ${gradientNorm}; nothing was changed. ` +
        `Lower the learning rate (now ${Number(learningRate).toPrecision(3)}), lengthen the warm-up, or initialize with adminInit().`,
    );
    this.update = update;
    this.loss = loss;
    this.gradientNorm = gradientNorm;
    this.learningRate = learningRate;
  }
}
