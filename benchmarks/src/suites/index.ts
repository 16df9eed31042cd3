import type { Suite } from './suite';
import { trainStep } from './trainStep';

export const suites: readonly Suite[] = [trainStep];
