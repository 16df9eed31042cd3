export type { DepthCheck, DepthCheckOptions } from './check/depthCheck';
export { depthCheck } from './check/depthCheck';
export type { ExpectStableOptions } from './check/expectStable';
export { expectStable } from './check/expectStable';
export type { Build, CheckedChange, DepthSubject, MeasuredDepths } from './check/measureDepths';
export { measureDepths } from './check/measureDepths';
export type { Verdict } from './check/verdict';
export { dependencyFigure } from './figures/dependency';
export type { UpdateAgainstGradient } from './figures/gradients';
export { gradientFigure, updatesFigure } from './figures/gradients';
export type { OutputChangeFigureOptions } from './figures/outputChange';
export { outputChangeFigure } from './figures/outputChange';
export type { DepthPoint } from './figures/points';
export { pointsFigure } from './figures/points';
export type { VegaLiteSpec } from './figures/spec';
export type { GrowthFit, LawFit, LawName } from './fit/fitGrowth';
export { evaluateLaw, fitGrowth } from './fit/fitGrowth';
export type { FitTheoryOptions, TheoryFit } from './fit/fitTheory';
export { fitTheory } from './fit/fitTheory';
export type { Estimate } from './fit/leastSquares';
export type { GrowthPoint } from './fit/points';
export type { BranchMeasurement } from './measure/branches';
export { measureBranches } from './measure/branches';
export type { MeasuredDependency } from './measure/dependency';
export { dependency } from './measure/dependency';
export type { MeasuredGradients, OutputGradient } from './measure/gradientNorms';
export { gradientNorms } from './measure/gradientNorms';
export type { Loss, MeasuredChange, OutputChangeOptions, WeightChange } from './measure/outputChange';
export { outputChange } from './measure/outputChange';
export type { Sampled } from './measure/statistics';
export { sampled } from './measure/statistics';
export type { UpdateNorm } from './measure/updateNorms';
export { updateNorms } from './measure/updateNorms';
export type { ZipfOptions } from './measure/zipf';
export { zipfTokens } from './measure/zipf';
export type { BranchMoments, TokenMoments } from './theory/closedForm';
export { branchMoments } from './theory/closedForm';
export type {
  BranchDescription,
  BranchForm,
  InputDescription,
  MatricesDescription,
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
export type { WatchThresholds, WatchWarning } from './watch/warnings';
export type { WatchedBranch, Watcher, WatchOptions, WatchReport } from './watch/watch';
export { watch } from './watch/watch';
