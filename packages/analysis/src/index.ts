/**
 * How Transformers amplify changes with depth: predicted, measured, and fitted to each other.
 *
 * Shapes in comments: `B` sentences of a batch, `T` tokens of a sentence, `D` features of the stream, `H` heads and `Tq`
 * queries of an attention, `P` numbers of all parameters.
 *
 * @packageDocumentation
 */

export { depthCheck } from './check/depthCheck';
export type { ExpectStableOptions } from './check/expectStable';
export { expectStable } from './check/expectStable';
export type { VerdictWord } from './check/finding';
export type { MeasuredGrowth } from './check/growthVerdict';
export { verdictOfGrowth } from './check/growthVerdict';
export type { Build, CheckedChange, DepthSubject, MeasuredDepths } from './check/measureDepths';
export { measureDepths } from './check/measureDepths';
export type { DepthCheckOptions } from './check/options';
export type { DepthCheck } from './check/result';
export type { Verdict } from './check/verdict';
export { coordinateFigure } from './figures/coordinates';
export type { CurvePoint, CurvesFigureOptions } from './figures/curves';
export { curvesFigure } from './figures/curves';
export { dependencyFigure } from './figures/dependency';
export { effectivenessFigure } from './figures/effectiveness';
export type { UpdateAgainstGradient } from './figures/gradients';
export { gradientFigure, updatesFigure } from './figures/gradients';
export type { OutputChangeFigureOptions } from './figures/outputChange';
export { outputChangeFigure } from './figures/outputChange';
export type { DepthPoint } from './figures/points';
export { pointsFigure } from './figures/points';
export type { RatesOfDepths } from './figures/rates';
export { ratesFigure } from './figures/rates';
export type { VegaLiteSpec } from './figures/spec';
export type { GrowthExponent, NetworkChanges } from './fit/exponent';
export { growthExponent } from './fit/exponent';
export type { GrowthFit, LawFit, LawName } from './fit/fitGrowth';
export { evaluateLaw, fitGrowth } from './fit/fitGrowth';
export type { FitTheoryOptions, TheoryFit } from './fit/fitTheory';
export { fitTheory } from './fit/fitTheory';
export type { Estimate } from './fit/leastSquares';
export type { GrowthPoint } from './fit/points';
export type { BranchMeasurement } from './measure/branches';
export { measureBranches } from './measure/branches';
export type {
  CoordinateBuild,
  CoordinateCheck,
  CoordinateCheckOptions,
  CoordinateGrowth,
  CoordinatePoint,
  CoordinateSubject,
} from './measure/coordinateCheck';
export { coordinateCheck } from './measure/coordinateCheck';
export type { CriticalRate, CriticalRateOptions, RateBound } from './measure/criticalRate';
export { criticalRate } from './measure/criticalRate';
export type { MeasuredDependency } from './measure/dependency';
export { dependency } from './measure/dependency';
export type { MeasuredGradients, OutputGradient } from './measure/gradientNorms';
export { gradientNorms } from './measure/gradientNorms';
export type { LayerEffectiveness, LayerEffectivenessOptions } from './measure/layerEffectiveness';
export { layerEffectiveness } from './measure/layerEffectiveness';
export type { LazinessOptions, MeasuredLaziness } from './measure/laziness';
export { laziness } from './measure/laziness';
export type { Loss, MeasuredChange, OutputChangeOptions, WeightChange } from './measure/outputChange';
export { outputChange } from './measure/outputChange';
export type { RatePoint } from './measure/rateLimits';
export type { Sampled } from './measure/sampled';
export { sampled } from './measure/sampled';
export type { UpdateNorm } from './measure/updateNorms';
export { updateNorms } from './measure/updateNorms';
export type { ZipfOptions } from './measure/zipf';
export { zipfTokens } from './measure/zipf';
export type {
  RateAtDepth,
  RateTransfer,
  RateTransferOptions,
  TransferredRate,
} from './solve/rateTransfer';
export { rateTransfer } from './solve/rateTransfer';
export type { FreeScale } from './solve/scales';
export type { Solution, SolveOptions } from './solve/solve';
export { solve } from './solve/solve';
export type { ChangeTarget } from './solve/target';
export { branchMoments } from './theory/closedForm';
export type {
  BranchDescription,
  BranchForm,
  InputDescription,
  MatricesDescription,
  Perturbation,
  StackDescription,
  StreamMoments,
  TokensDescription,
} from './theory/description';
export type { GradientNorms } from './theory/gradients';
export type { Growth, GrowthClass } from './theory/growthClass';
export type { DescribeModelOptions } from './theory/model';
export { describeModel } from './theory/model';
export type { PredictedBranch, Prediction, PredictOptions } from './theory/predict';
export { predict } from './theory/predict';
export type { MethodDescription } from './theory/stack';
export { describeMethod } from './theory/stack';
export type { ChangeAt } from './theory/step';
export type { CheckTraceOptions, TraceCheck } from './trace/checkTrace';
export { checkTrace } from './trace/checkTrace';
export type { TraceKind, TraceRecord } from './trace/readTrace';
export { readTrace } from './trace/readTrace';
export type { TraceFigureOptions } from './trace/traceFigure';
export { traceFigure } from './trace/traceFigure';
export type {
  WatchedAttention,
  WatchedBranch,
  WatchedMatrix,
  WatchReport,
  WatchWarning,
} from './watch/report';
export type { WatchThresholds } from './watch/thresholds';
export { WATCH_THRESHOLDS } from './watch/thresholds';
export type { SeenStep, Watcher, WatchOptions } from './watch/watch';
export { watch } from './watch/watch';
