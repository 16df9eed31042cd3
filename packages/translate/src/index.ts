/**
 * From raw text to scored translations: subwords, batches, training, checkpoints, decoding.
 *
 * Shapes in comments: `B` sentences of a batch, `S` tokens of a source sentence, `T` of a target sentence, `R` rows of a
 * decoder (hypotheses), `N` tokens of a prompt, `D` features of the stream, `F` of the feed-forward's hidden layer, `H`
 * heads, `L` positions of a table, `V` tokens of a vocabulary, `P` numbers of all parameters.
 *
 * @packageDocumentation
 */

export type { Checkpoint, CheckpointFiles } from './checkpoint/checkpoint';
export { decodeCheckpoint, encodeCheckpoint } from './checkpoint/checkpoint';
export type { SavedConfig } from './checkpoint/manifest';
export type { OwnParts } from './checks/ownParts';
export type { TokenBatch } from './data/batch';
export { makeBatch } from './data/batch';
export type { BatchesOptions } from './data/batches';
export { Batches } from './data/batches';
export type { EncodeCorpusOptions, EncodedCorpus, TokenLists } from './data/encodeCorpus';
export { countSentences, encodeCorpus, encodeText, packTokens, tokensAt } from './data/encodeCorpus';
export type { BatchPosition } from './data/epochs';
export type { SpecialIds } from './data/specialIds';
export { splitBatch } from './data/splitBatch';
export type { TextBatchesOptions } from './data/textBatches';
export { TextBatches } from './data/textBatches';
export type { BeamOptions } from './decoding/beam';
export { beamSearch } from './decoding/beam';
export { ensembleOf } from './decoding/ensembleDecoder';
export type { GenerateOptions, Generation } from './decoding/generate';
export { generate } from './decoding/generate';
export type { GreedyOptions } from './decoding/greedy';
export { greedySearch } from './decoding/greedy';
export type { Hypothesis } from './decoding/hypothesis';
export { LanguageModelDecoder } from './decoding/languageModelDecoder';
export type { Phrase } from './decoding/phrases';
export type { SamplingOptions } from './decoding/sampling';
export { sampleSearch } from './decoding/sampling';
export type { SearchOptions } from './decoding/searchOptions';
export { type Stretch, splitSentences } from './decoding/sentences';
export type { StepDecoder } from './decoding/stepDecoder';
export { TransformerDecoder } from './decoding/transformerDecoder';
export type {
  Alignment,
  PartialTranslation,
  SamplingChoice,
  ScoredTranslation,
  ScoreOptions,
  SpokenHypothesis,
  StreamOptions,
  TextTranslation,
  TranslateOptions,
  TranslateProgress,
  Translation,
} from './decoding/translator';
export { Translator } from './decoding/translator';
export { translatorFrom } from './decoding/translatorFrom';
export { pharaoh } from './decoding/wordAlignment';
export type { BleuOptions, BleuScore, BleuSmoothing } from './score/bleu';
export { bleu, bleuMetric, formatBleu, sentenceBleu } from './score/bleu';
export type { ChrFOptions, ChrFScore } from './score/chrF';
export { chrF, chrFMetric } from './score/chrF';
export type { Metric, Signed } from './score/metric';
export type { BootstrapOptions, Estimate, PairedBootstrap } from './score/pairedBootstrap';
export { pairedBootstrap } from './score/pairedBootstrap';
export type { References } from './score/references';
export type { TerOptions, TerScore } from './score/ter';
export { ter, terMetric } from './score/ter';
export type { BleuTokenizer } from './score/tokenizers';
export type { Setting, Settings } from './settings/settings';
export type { DecodeOptions } from './subwords/bpe';
export { Bpe } from './subwords/bpe';
export type { BpeJson, BpeModel } from './subwords/bpeJson';
export type { EncodeOptions } from './subwords/encodeSettings';
export type { HuggingFaceTokenizer } from './subwords/huggingFace';
export { toHuggingFace } from './subwords/huggingFace';
export type { PreTokenizer } from './subwords/preTokenizer';
export { SPECIAL_IDS, SPECIAL_TOKENS } from './subwords/special';
export type { ReadSubwordNmtOptions } from './subwords/subwordNmt';
export { readSubwordNmt, segmentLine, writeSubwordNmt } from './subwords/subwordNmt';
export type { TrainBpeOptions } from './subwords/trainBpe';
export { trainBpe } from './subwords/trainBpe';
export type { Vocabularies } from './subwords/vocabularies';
export type { BlankOptions, Skipped, SkipReason } from './text/blankOptions';
export type { Cleaned, CleanOptions, DropReason } from './text/clean';
export { cleanCorpus, cleaner } from './text/clean';
export { readLines } from './text/lines';
export type { NamedText } from './text/namedText';
export type { Normalisation } from './text/normalise';
export { normaliseText } from './text/normalise';
export type {
  JsonLinesInput,
  ParallelInput,
  TextPairInput,
  TsvInput,
} from './text/parallelInput';
export { collectParallel, readParallel } from './text/readParallel';
export type { SentencePair } from './text/sentencePair';
export type { EvaluateOptions, Evaluation } from './training/evaluate';
export { evaluateLoss } from './training/evaluate';
export type { Learner, UpdateSums } from './training/learner';
export type { LocalLearnerOptions, SummedGradient } from './training/localLearner';
export { LocalLearner } from './training/localLearner';
export type { BatchLoss, LossFunction } from './training/loss';
export type { NotFinite } from './training/notFiniteUpdate';
export { NotFiniteUpdate } from './training/notFiniteUpdate';
export type { BatchSource, NextUpdate, StepReport, TrainerOptions } from './training/trainer';
export { Trainer } from './training/trainer';
export type { RestoreOptions, TrainerState } from './training/trainerState';
export { batchTensors, languageModelLoss, translationLoss } from './training/translationLoss';
