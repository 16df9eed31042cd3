export { averageCheckpoints } from '../checkpoint/averageCheckpoints';
export type { CheckpointSummary } from '../checkpoint/node/checkpointFolder';
export { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from '../checkpoint/node/checkpointFolder';
export type {
  CheckpointSeriesOptions,
  SavedInSeries,
  SaveInSeriesOptions,
  SkippedCheckpoint,
} from '../checkpoint/node/checkpointSeries';
export { CheckpointSeries } from '../checkpoint/node/checkpointSeries';
export type { DropoutBatchesOptions } from '../data/dropoutBatches';
export { DropoutBatches } from '../data/dropoutBatches';
export type { DropoutTextBatchesOptions } from '../data/dropoutTextBatches';
export { DropoutTextBatches } from '../data/dropoutTextBatches';
export type { OpenShardsOptions, Shards } from '../data/node/openShards';
export { openShards } from '../data/node/openShards';
export type { ShardedBatchesOptions } from '../data/node/shardedBatches';
export { ShardedBatches } from '../data/node/shardedBatches';
export type { ShardCounts } from '../data/node/shardFile';
export type { ShardEntry } from '../data/node/shardManifest';
export type { EncodedPair, WriteShardsOptions } from '../data/node/writeShards';
export { writeShards } from '../data/node/writeShards';
export { loadTranslator } from '../decoding/node/loadTranslator';
export {
  type ParallelOptions,
  ParallelTranslator,
} from '../decoding/node/parallelTranslator';
export { serveTranslator } from '../decoding/node/serveTranslator';
export { ThreadEnded } from '../decoding/node/translatorThread';
export { type HostOptions, HostRanks, hostRanks } from '../http/host';
export { JoinedRanks, type JoinOptions, joinRanks } from '../http/joined';
export type { JsonLinesLogOptions } from '../log/node/jsonLinesLog';
export { JsonLinesLog } from '../log/node/jsonLinesLog';
export type { LogEvent, LogRecord } from '../log/node/logRecord';
export { readJsonLinesLog } from '../log/node/readJsonLinesLog';
export type { TensorBoardOptions } from '../log/node/tensorBoardWriter';
export { TensorBoardWriter } from '../log/node/tensorBoardWriter';
export type {
  EvaluateLanguageModelOptions,
  EvaluateTranslatorOptions,
  TokenScores,
  TranslatorScores,
} from '../run/evaluateModel';
export { evaluateLanguageModel, evaluateTranslator } from '../run/evaluateModel';
export type {
  DataEvent,
  DivergedEvent,
  EndEvent,
  Ending,
  ModelEvent,
  ResumedEvent,
  RunEvent,
  TestEvent,
  UpdateEvent,
  ValidationEvent,
} from '../run/events';
export type { FileFingerprint } from '../run/node/fingerprint';
export { fingerprintFiles } from '../run/node/fingerprint';
export { planRun } from '../run/node/plan';
export type { PlanOptions, VocabularySize } from '../run/node/planOptions';
export { planText } from '../run/node/planText';
export type { PrepareOptions, PrepareReport } from '../run/node/prepareData';
export { prepareData } from '../run/node/prepareData';
export type { ProfileRunOptions } from '../run/node/profileRun';
export { profileRun } from '../run/node/profileRun';
export { readValidations } from '../run/node/readValidations';
export { readVocabulary } from '../run/node/readVocabulary';
export { recipeNames, recipePath } from '../run/node/recipes';
export type { RunLock } from '../run/node/runLock';
export { lockRun } from '../run/node/runLock';
export type { RunRecord } from '../run/node/runRecord';
export { readRunRecord, writeRunRecord } from '../run/node/runRecord';
export type { RunStart } from '../run/node/runStart';
export { runStart } from '../run/node/runStart';
export { type ReceivedRun, receiveRun, sendRun } from '../run/node/shareRun';
export { train } from '../run/node/train';
export type { TrainOptions, TrainResult } from '../run/node/trainOptions';
export type { Exchange, Link, Over, Traffic } from '../run/ranks/exchange';
export { exchangeSeconds, trafficOf } from '../run/ranks/exchange';
export type { PlannedRanks, RanksToPlan } from '../run/ranks/planRanks';
export { MEMORY, planRanks } from '../run/ranks/planRanks';
export type { GivenConfig, RunConfig, RunKind } from '../run/runConfig';
export { configKeys, runConfig } from '../run/runConfig';
export type {
  MeasuredUpdate,
  MeasuredUpdates,
  PlannedData,
  PlannedDisk,
  PlannedMemory,
  PlannedTraining,
  PlannedVocabulary,
  RunPlan,
} from '../run/runPlan';
export { sampleConfig } from '../run/sampleConfig';
export type { Key, Keys, Section } from '../run/section';
export { isSection, NEEDED } from '../run/section';
export { scoreSentence } from '../score/scoreSentence';
export type {
  MetricScores,
  ScoreReport,
  ScoreSystemsOptions,
  System,
  SystemScore,
} from '../score/scoreSystems';
export { scoreSystems } from '../score/scoreSystems';
export { trainBpeOnFiles } from '../subwords/node/trainBpeOnFiles';
export { openText } from '../text/node/openText';
export type { OneFile, PairOfFiles, ParallelFiles } from '../text/node/readParallelFiles';
export { loadParallelFiles, readParallelFiles } from '../text/node/readParallelFiles';
export type { TextFileOptions } from '../text/node/readTextFile';
export { loadTextFile, readTextFile } from '../text/node/readTextFile';
export type { SplitCorpus, SplitCorpusOptions, SplitReport } from '../text/splitCorpus';
export { splitCorpus } from '../text/splitCorpus';
export type { HeldOut } from '../text/splitOptions';
export type { SplitText } from '../text/splitText';
export { splitText } from '../text/splitText';
export { betweenRanks, type Rider } from '../training/betweenRanks';
export type { ChooseReplicasOptions, ChosenReplicas, MeasuredReplicas } from '../training/chooseReplicas';
export { chooseReplicas } from '../training/chooseReplicas';
export type {
  EarlyStopping,
  EarlyStoppingOptions,
  EarlyStoppingState,
  Validated,
} from '../training/earlyStopping';
export { earlyStopping } from '../training/earlyStopping';
export type {
  Divergence,
  GuardedUpdate,
  LossGuard,
  LossGuardOptions,
  LossGuardState,
  SeenUpdate,
} from '../training/lossGuard';
export { lossGuard } from '../training/lossGuard';
export type { LanguageModelReplicasOptions, TranslationReplicasOptions } from '../training/node/replicas';
export { languageModelReplicas, translationReplicas } from '../training/node/replicas';
export { serveLanguageModelReplica, serveTranslationReplica } from '../training/node/serveTranslationReplica';
export { NotFiniteUpdate } from '../training/notFiniteUpdate';
export type { Origin } from '../training/origin/findings';
export type { FindOriginOptions } from '../training/origin/findOrigin';
export { findOrigin } from '../training/origin/findOrigin';
export { OuterLearner, type OuterLearnerOptions } from '../training/outerLearner';
export type { OuterSettings } from '../training/outerSettings';
export { rankLearner } from '../training/rankLearner';
export { isFirst, onAll, type Ranks, RanksError } from '../training/ranks';
export { tokenEntropy } from '../training/tokenEntropy';
export type { WatchedLearnerOptions, WatchedModel } from '../training/watchedLearner';
export { watchedLearner } from '../training/watchedLearner';
