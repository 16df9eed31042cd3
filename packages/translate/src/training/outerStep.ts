/** How outer steps are made. */
export interface OuterRule {
  /** The outer learning rate; 1 with a momentum of 0 takes the mean of the workers' weights. */
  readonly rate: number;
  /** Nesterov's, of the outer steps. */
  readonly momentum: number;
}

/**
 * An outer step: Nesterov's with the mean change of the workers in the place of a gradient,
 *
 *     change = outer - mean
 *     velocity <- momentum velocity + change
 *     outer <- outer - rate (change + momentum velocity)
 *
 * in float64, and with a rate of 1 and a momentum of 0 exactly the mean (Douillard et al. 2023, DiLoCo, arXiv 2311.08105,
 * algorithm 1, lines 11 to 13; the form of Nesterov's momentum is that of PyTorch's SGD).
 *
 * @param outer [P], the outer weights: then those after the step
 * @param mean element i of the mean of the workers' weights
 * @param velocity [P], updated; without one where the momentum is 0
 */
export const outerStep = (
  outer: Float32Array,
  mean: (i: number) => number,
  { rate, momentum }: OuterRule,
  velocity?: Float32Array,
): void => {
  for (let i = 0; i < outer.length; i++) {
    const weight = outer[i]!;
    const target = mean(i);
    let next = rate === 1 ? target : weight + rate * (target - weight);
    if (velocity) {
      velocity[i] = momentum * velocity[i]! + (weight - target);
      next -= rate * momentum * velocity[i]!;
    }
    outer[i] = next;
  }
};
