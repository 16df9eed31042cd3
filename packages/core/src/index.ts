export type {
  AsLayerOptions,
  EncoderStackConfig,
  ModuleDescription,
  ModuleFactory,
  StreamModule,
} from '#layersApi';
export { asLayer, ModuleLayer, registerModules } from '#layersApi';
export { checkCallback, checkList, checkText, checkTexts } from './arguments';
export type { BackendCandidate, BackendChoice, BackendOptions, WasmPaths } from './backend';
export { selectBackend } from './backend';
export type { BlockEntries, BranchFactory, SubLayerConfig } from './blockConfig';
export type { BlockOptions } from './blocks';
export { decoderBlock, encoderBlock, languageModelBlock } from './blocks';
export type { Branch, BranchSite, SubLayerSpec } from './branch';
export { KeyValueCache } from './cache';
export { type Context, scope } from './context';
export type { EncoderConfig, EncoderOptions } from './encoder';
export { Encoder, encoder, encoderConfig } from './encoder';
export type { InvalidArgument } from './errors';
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
} from './errors';
export type { FullConfig, SteadyModel } from './fromConfig';
export { fromConfig } from './fromConfig';
export type { Activation, AttentionAttrs, FusedKernelName, FusedKernels } from './kernels';
export { hasKernel } from './kernels';
export type { LanguageModelConfig, LanguageModelOptions } from './languageModel';
export { LanguageModel, languageModel, languageModelConfig } from './languageModel';
export type { AttentionOptions } from './layers/attention';
export { CrossAttention, SelfAttention } from './layers/attention';
export type { AttentionOutputOptions } from './layers/attentionOutput';
export type { AttentionPositions, RelativePositions } from './layers/attentionPositions';
export type { FeedForwardActivation, FeedForwardOptions } from './layers/feedForward';
export { FeedForward } from './layers/feedForward';
export { LayerNorm } from './layers/layerNorm';
export { Linear } from './layers/linear';
export type { Norm } from './layers/norm';
export type { SinusoidLayout } from './layers/positions';
export { RmsNorm } from './layers/rmsNorm';
export { ScaleNorm } from './layers/scaleNorm';
export type { Positions, TokenEmbeddingOptions } from './layers/tokenEmbedding';
export { TokenEmbedding } from './layers/tokenEmbedding';
export type { DropoutRates, SharedConfig, SharedOptions, StackConfig } from './modelConfig';
export type { FromConfigOptions } from './modelParts';
export { padMask } from './modelParts';
export type { NamedParameter } from './module';
export { Module, matrixParameter, Parameter, vectorParameter } from './module';
export { OneAtATime } from './oneAtATime';
export type { AttentionInputs } from './ops/attention';
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
export type { Gate } from './ops/gated';
export type { NormWeights } from './ops/layerNorm';
export type { LinearOptions } from './ops/linear';
export { masked } from './ops/masked';
export type { CrossEntropy } from './ops/softmaxCrossEntropy';
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
export type { LossAndGradient } from './optim/gradients';
export { clipFactor, flatten, globalNorm, lossAndGradient, unflatten } from './optim/gradients';
export type { OptimizerState } from './optim/optimizer';
export { Optimizer } from './optim/optimizer';
export type { RAdamOptions } from './optim/radam';
export { radam } from './optim/radam';
export type { AdamOptions, StepCoefficients, UpdateRule } from './optim/rule';
export type { InverseSqrtOptions, Schedule } from './optim/schedule';
export { constant, inverseSqrt, linearWarmup, product, rsqrtDecay } from './optim/schedule';
export type { SgdOptions } from './optim/sgd';
export { sgd } from './optim/sgd';
export type { StateDict } from './parameters';
export { loadStateDict, stateDict } from './parameters';
export type { AttentionEvent, BranchEvent, JoinEvent, Probe } from './probe';
export type { RandomKey, StreamLabel } from './random';
export { RandomStream, randomStream } from './random';
export type { MethodConfig, MethodFactory } from './residual/methods';
export { checkMethod, methodFrom, methods } from './residual/methods';
export type { AdminOptions } from './residual/methods/admin';
export { admin } from './residual/methods/admin';
export type { AdminConstantOptions, GrowthTarget } from './residual/methods/adminConstant';
export { adminConstant, constantOmega } from './residual/methods/adminConstant';
export type { B2tOptions } from './residual/methods/b2t';
export { b2t } from './residual/methods/b2t';
export { deepNorm, deepNormConstants } from './residual/methods/deepNorm';
export { fixup } from './residual/methods/fixup';
export { gpt2Scaling } from './residual/methods/gpt2Scaling';
export type { LayerScaleOptions } from './residual/methods/layerScale';
export { layerScale } from './residual/methods/layerScale';
export type { NormFormerOptions } from './residual/methods/normFormer';
export { normFormer } from './residual/methods/normFormer';
export { postLN } from './residual/methods/postLN';
export { preLN } from './residual/methods/preLN';
export { reZero, reZeroPostLN } from './residual/methods/reZero';
export { sandwich } from './residual/methods/sandwich';
export { scaleNorm } from './residual/methods/scaleNorm';
export type { SkipInitOptions } from './residual/methods/skipInit';
export { skipInit } from './residual/methods/skipInit';
export { subLN } from './residual/methods/subLN';
export { tFixup } from './residual/methods/tFixup';
export type { Place, StackName, SubLayerKind } from './residual/place';
export type { InitGains, NormKind, Residual, ResidualMethod, Scale, SubLayerPlan } from './residual/residual';
export { needsFinalNorm } from './residual/residual';
export type { NamedArray, SafetensorsFile } from './safetensors';
export { decodeSafetensors, encodeSafetensors } from './safetensors';
export type { StackOptions } from './stack';
export { Stack, subLayer } from './stack';
export type { Stacked } from './stacked';
export { asStacked, checkBatches, checkStacked } from './stacked';
export type { StochasticDepth } from './stochasticDepth';
export { SubLayer } from './subLayer';
export { checkTensor } from './tensors';
export type { Memory, ModelBatch } from './transformer';
export { Transformer, transformer } from './transformer';
export type { TiedEmbeddings, TransformerConfig, TransformerOptions } from './transformerConfig';
export { transformerConfig } from './transformerConfig';
