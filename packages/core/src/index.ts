/**
 * The Transformer as residual branches: blocks, residual methods, models, gradients, optimizers.
 *
 * Shapes in comments: `B` sentences of a batch, `T` tokens of a sentence (`Tq` of queries, `Tk` of keys), `S` tokens of
 * a sentence that is read, `D` features of the stream, `F` of the feed-forward's hidden layer, `H` heads, `G` heads of
 * keys and values, `Dh` features of a head, `V` tokens of a vocabulary; in ops on rows, `M` rows, `K` features in, `N`
 * features out; `P` numbers of all parameters.
 *
 * @packageDocumentation
 */

export type {
  AsLayerOptions,
  EncoderStackConfig,
  ModuleDescription,
  ModuleFactory,
  StreamModule,
} from '#asLayer';
export { asLayer, ModuleLayer, registerModules } from '#asLayer';
export type { LossAndGradient } from './autodiff/gradients';
export { clipFactor, flatten, globalNorm, lossAndGradient, unflatten } from './autodiff/gradients';
export { backendCandidates } from './backend/backendCandidates';
export type { Capabilities } from './backend/capabilities';
export type { Activation, AttentionAttrs, FusedKernelName, FusedKernels } from './backend/kernels';
export { hasKernel } from './backend/kernels';
export type { BackendCandidate, BackendChoice, BackendOptions, WasmPaths } from './backend/select';
export { selectBackend } from './backend/select';
export { checkCallback, checkIterable, checkList, checkText, checkTexts } from './checks/arguments';
export type { InvalidArgument } from './checks/errors';
export {
  check,
  checkFlag,
  checkInteger,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkRate,
  checkRecord,
  entryOf,
  invalidArgument,
  isRecord,
  nearest,
  SteadyformerError,
  show,
} from './checks/errors';
export { OneAtATime } from './checks/oneAtATime';
export type { FieldsSchema } from './checks/schema';
export {
  anyRecord,
  callback,
  checkedBy,
  fields,
  finite,
  flag,
  needed,
  oneOf,
  parseAs,
  rate,
  such,
  text,
  whole,
} from './checks/schema';
export { checkTensor } from './checks/tensors';
export { KeyValueCache } from './context/cache';
export type {
  AttentionEvent,
  BranchEvent,
  JoinEvent,
  Probe,
  StackMemory,
  WiresEvent,
} from './context/context';
export { type Context, scope } from './context/context';
export { alibiPositions } from './layers/alibiPositions';
export type { AttentionBranchOptions, AttentionOptions } from './layers/attention';
export type { AttentionOutputOptions } from './layers/attentionOutput';
export type { HeadPositions, PositionScheme, PositionSite } from './layers/attentionPositions';
export type { AttentionScoreOptions, QueryScale, QueryScaleFactory } from './layers/attentionScores';
export { CrossAttention } from './layers/crossAttention';
export type { DerfOptions, DynamicTanhOptions } from './layers/dynamicNorms';
export { derf, dynamicTanh } from './layers/dynamicNorms';
export type { FeedForwardActivation, FeedForwardOptions } from './layers/feedForward';
export { FeedForward } from './layers/feedForward';
export type { FirstValuesOptions } from './layers/firstValues';
export { firstValues, valuesOf } from './layers/firstValues';
export type { HeadNormOptions } from './layers/headNorms';
export type { InitGains } from './layers/initializers';
export { LayerNorm } from './layers/layerNorm';
export { Linear } from './layers/linear';
export type { Norm, NormFactory, NormKind, NormSpec } from './layers/norm';
export type { EpsilonOption } from './layers/normsWithoutGain';
export { rmsWithoutGain, unitNorm } from './layers/normsWithoutGain';
export type { Positions } from './layers/positions';
export type { AttentionPositions, RelativePositions } from './layers/positionsFrom';
export { positionsFrom } from './layers/positionsFrom';
export { queryKeyScale } from './layers/queryKeyScale';
export type { RelativeOptions } from './layers/relativePositions';
export { relativePositions } from './layers/relativePositions';
export { RmsNorm } from './layers/rmsNorm';
export type { RotaryOptions } from './layers/rotaryPositions';
export { rotaryPositions } from './layers/rotaryPositions';
export { ScaleNorm } from './layers/scaleNorm';
export type { SelfAttentionOptions } from './layers/selfAttention';
export { SelfAttention } from './layers/selfAttention';
export type { TokenEmbeddingOptions } from './layers/tokenEmbedding';
export { TokenEmbedding } from './layers/tokenEmbedding';
export type { ValueMix, ValueScheme } from './layers/valueScheme';
export type {
  Architecture,
  ArchitectureStack,
  BuildOptions,
  EmbeddingConfig,
  StackMethods,
} from './models/architecture';
export type { BlockEntries, BranchFactory, SubLayerConfig } from './models/blockConfig';
export type { BlockOptions } from './models/blocks';
export { decoderBlock, encoderBlock, languageModelBlock } from './models/blocks';
export type { EncoderBuildOptions, EncoderConfig, EncoderOptions } from './models/encoder';
export { Encoder, encoder, encoderConfig } from './models/encoder';
export type { FromConfigOptions, FullConfig, SteadyModel } from './models/fromConfig';
export { fromConfig } from './models/fromConfig';
export type { LanguageModelConfig, LanguageModelOptions } from './models/languageModel';
export { LanguageModel, languageModel, languageModelConfig } from './models/languageModel';
export { padMask, prefixMask } from './models/masks';
export type { ModelConfig, ModelOptions, ModelStack, PrefixedIds, StackInput } from './models/model';
export { Model, model, modelConfig } from './models/model';
export { NamedStacks } from './models/namedStacks';
export type { SharedOptions } from './models/options';
export type { ModelParts } from './models/parts';
export { encoderParts, modelParts } from './models/parts';
export type { DropoutRates, SharedConfig, StackConfig } from './models/schema';
export type { Stacked } from './models/stacked';
export { asStacked, checkBatches, checkStacked } from './models/stacked';
export type { BranchSizes, SubLayerParts } from './models/subLayers';
export type {
  Memory,
  ModelBatch,
  TiedEmbeddings,
  TransformerConfig,
  TransformerOptions,
} from './models/transformer';
export { Transformer, transformer, transformerConfig } from './models/transformer';
export type { AttentionInputs, ScoreAttrs } from './ops/attention';
export { MASKED } from './ops/attention';
export {
  addLayerNorm,
  attention,
  attentionWeights,
  dropout,
  dropoutFactors,
  embedding,
  gated,
  layerNorm,
  linear,
  sinusoidalPositions,
  softmaxCrossEntropy,
  swish,
  unembed,
} from './ops/checked';
export type { ComputeType, FixedWeights } from './ops/fixedLinear';
export { findsInt8, withFixedWeights } from './ops/fixedLinear';
export type { Gate } from './ops/gated';
export type { NormWeights } from './ops/layerNorm';
export { limitedLength, unitLength } from './ops/lengths';
export type { LinearOptions } from './ops/linear';
export { masked } from './ops/masked';
export type { SinusoidLayout } from './ops/sinusoidalPositions';
export type { CrossEntropy } from './ops/softmaxCrossEntropy';
export { spectralCap, spectralNormalize } from './ops/spectral';
export {
  centred,
  mean,
  meanOverTokens,
  pooledVariance,
  standardError,
  tokenVariance,
} from './ops/statistics';
export type { TopLogProbabilities } from './ops/topLogits';
export { findsTopLogits, logProbabilitiesOf, topLogProbabilities } from './ops/topLogits';
export type { RuleConfig } from './optim';
export { ruleFrom } from './optim';
export { adam } from './optim/adam';
export type {
  DecayOptions,
  PiecewiseConstantOptions,
  PolynomialDecayOptions,
  StepDecayOptions,
} from './optim/decay';
export { cosineDecay, linearDecay, piecewiseConstant, polynomialDecay, stepDecay } from './optim/decay';
export type { ParameterGroup, TreatedParameters, Treatment } from './optim/groups';
export type { MovingAverageOptions, MovingAverageState } from './optim/movingAverage';
export { MovingAverage } from './optim/movingAverage';
export { Optimizer } from './optim/optimizer';
export type { OptimizerMemory, OptimizerOptions } from './optim/optimizerOptions';
export type { OptimizerState } from './optim/optimizerState';
export { type ProjectedParameters, projectAll } from './optim/projections';
export type { RAdamOptions } from './optim/radam';
export { radam } from './optim/radam';
export type { AdamOptions, OwnOptions, StepCoefficients, UpdateRule } from './optim/rule';
export type { InverseSqrtOptions, Schedule } from './optim/schedule';
export { constant, inverseSqrt, linearWarmup, product, rsqrtDecay } from './optim/schedule';
export type { FactorConfig, ScheduleConfig } from './optim/scheduleFrom';
export { scheduleFrom } from './optim/scheduleFrom';
export type { SgdOptions } from './optim/sgd';
export { sgd } from './optim/sgd';
export type { BegunReduction, Between, JoinedSums, OptimizerShard } from './optim/shard';
export { permutation } from './random/permutation';
export type { RandomKey, StreamLabel } from './random/random';
export { RandomStream, randomStream } from './random/random';
export { JointGradient } from './replicas/jointGradient';
export type {
  Branch,
  BranchInput,
  BranchMoments,
  BranchSite,
  Passing,
  SubLayerSpec,
  TokenMoments,
} from './residual/branch';
export { checkName } from './residual/branch';
export { withBranchOptions } from './residual/branchOptions';
export type { Formula, ScaleSpreads, Spread } from './residual/formula';
export { formulaOf } from './residual/formula';
export type { MethodFactory } from './residual/methods';
export { methodFrom, methods } from './residual/methods';
export * from './residual/methods/all';
export type { Place, StackPlace, SubLayerKind } from './residual/place';
export type {
  BranchOptions,
  MethodConfig,
  Residual,
  ResidualMethod,
  Scale,
  SubLayerPlan,
} from './residual/residual';
export { finalNormOf, initialOf, needsFinalNorm, streamsBefore, streamsBehind } from './residual/residual';
export type { StackOptions } from './residual/stack';
export { Stack, subLayer } from './residual/stack';
export type { StochasticDepth } from './residual/stochasticDepth';
export { SubLayer } from './residual/subLayer';
export type { ParameterRole, Projection, TrainingFactors, TrainingSite } from './residual/training';
export type { Extent } from './state/flat';
export { evenStretch, sumOfSquares } from './state/flat';
export type { GivenInitial, Initial, NormalInitial, UniformInitial } from './state/initial';
export type { NamedParameter } from './state/module';
export {
  constantParameter,
  givenParameter,
  Module,
  matrixParameter,
  Parameter,
  vectorParameter,
} from './state/module';
export type { StateDict } from './state/parameters';
export { loadStateDict, stateDict } from './state/parameters';
export type { NamedArray, SafetensorsFile } from './state/safetensors';
export { decodeSafetensors, encodeSafetensors } from './state/safetensors';
export type { SelectOptions } from './state/select';
export { select } from './state/select';
export { leaveWeights, leaving } from './streams/leaving';
export type {
  HandedStream,
  Leave,
  PluggedWires,
  StreamLeave,
  StreamLeaving,
  StreamNorms,
  StreamPlan,
  StreamSite,
  StreamTensors,
  StreamWeights,
  StreamWeightsFactory,
  StreamWiring,
  Weight,
  Wires,
} from './streams/plan';
export { wiring } from './streams/wiring';
export type { InitialWeight } from './summary/initialWeights';
export type { SummaryRow } from './summary/row';
export type { Summary, SummaryOptions } from './summary/summary';
export { summary } from './summary/summary';
export { initialWeightsText, summaryText } from './summary/summaryText';
export type { TrainingRow } from './summary/trainingRows';
export type { MethodTraining } from './training/methodTraining';
export { methodTraining } from './training/methodTraining';
