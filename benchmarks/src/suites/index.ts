import { forward } from './forward';
import { libraries } from './libraries';
import { ops } from './ops';
import type { Suite } from './suite';
import { trainCorpus } from './trainCorpus';
import { trainStep } from './trainStep';

export const suites: readonly Suite[] = [ops, trainStep, forward, libraries, trainCorpus];
