export type { GrowthFit, LawFit, LawName } from './fit/fitGrowth';
export { evaluateLaw, fitGrowth } from './fit/fitGrowth';
export type { FitTheoryOptions, TheoryFit } from './fit/fitTheory';
export { fitTheory } from './fit/fitTheory';
export type { Estimate } from './fit/leastSquares';
export type { GrowthPoint } from './fit/points';
export type { BranchMoments, TokenMoments } from './theory/closedForm';
export { branchMoments } from './theory/closedForm';
export type {
  BranchDescription,
  BranchForm,
  InputDescription,
  Perturbation,
  StackDescription,
  TokensDescription,
} from './theory/description';
export type { GradientNorms } from './theory/gradients';
export type { Growth, GrowthClass } from './theory/growth';
export type { DescribeModelOptions } from './theory/model';
export { describeModel } from './theory/model';
export type { ChangeAt } from './theory/outputChange';
export type { PredictedBranch, Prediction, PredictOptions } from './theory/predict';
export { predict } from './theory/predict';
export type { MethodDescription } from './theory/stack';
export { describeMethod } from './theory/stack';
