import { decode } from './decode';
import { forward } from './forward';
import { libraries } from './libraries';
import { ops } from './ops';
import { ranksSuite } from './ranks';
import { subwords } from './subwords';
import type { Suite } from './suite';
import { trainCorpus } from './trainCorpus';
import { trainLoop } from './trainLoop';
import { trainStep } from './trainStep';

export const suites: readonly Suite[] = [
  ops,
  trainStep,
  forward,
  decode,
  libraries,
  subwords,
  trainCorpus,
  trainLoop,
  ranksSuite,
];
