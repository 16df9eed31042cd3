import { BaseSequencer } from 'vitest/node';
import { runsAlone } from './alone.mjs';

/** Files with a process of their own before all others: a shared process ends where it cannot take the next file. */
export class Order extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    const sorted = await super.sort(files);
    const alone = sorted.filter(({ moduleId }) => runsAlone(moduleId));
    return [...alone, ...sorted.filter(({ moduleId }) => !runsAlone(moduleId))];
  }
}
