/** What is wrong with a run; `none` is a healthy one. */
export const FAULT_NAMES = [
  'none',
  'rate10',
  'rate30',
  'noWarmup',
  'shuffledTargets',
  'repeatedBatch',
  'gains3',
  'deep',
  'bfloat16',
  'fourBits',
  'epsilon',
] as const;
export type FaultName = (typeof FAULT_NAMES)[number];

export const FAULT_LABELS: Readonly<Record<FaultName, string>> = {
  none: 'healthy',
  rate10: 'learning rate x 10',
  rate30: 'learning rate x 30',
  noWarmup: 'no warm-up',
  shuffledTargets: 'shuffled targets',
  repeatedBatch: 'one batch over and over',
  gains3: 'initial weights x 3',
  deep: 'too deep',
  bfloat16: 'weights of 8 bits (bfloat16)',
  fourBits: 'weights of 4 bits',
  epsilon: "Adam's epsilon 1e-30",
};
