import { BaseSequencer } from 'vitest/node';
import { runsAlone } from './alone.mjs';

/** Files that take a minute or more come first: the last one to end has no others beside it. */
const LONGEST = /\/(snippets|programs|items|searchSections)\.test\.ts$/;

/** Files with a process of their own before all others: a shared process ends where it cannot take the next file. */
export class Order extends BaseSequencer {
  /**
   * @override
   * @param {import('vitest/node').TestSpecification[]} files
   */
  async sort(files) {
    const sorted = await super.sort(files);
    /** @param {import('vitest/node').TestSpecification} file */
    const turn = ({ moduleId }) => (LONGEST.test(moduleId) ? 0 : runsAlone(moduleId) ? 1 : 2);
    return sorted.toSorted((a, b) => turn(a) - turn(b));
  }
}
