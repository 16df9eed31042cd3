import { ForksPoolWorker } from 'vitest/node';
import { runsAlone } from './alone.mjs';

/** @typedef {import('vitest/node').PoolTask} PoolTask */

/** @param {Pick<PoolTask, 'context'>} task */
const isAlone = ({ context }) => context.files.some(({ filepath }) => runsAlone(filepath));

/**
 * A process for the files of one project, one after the other: most of a small file's time goes into starting Node and
 * importing tfjs. Files that `runsAlone` names get a new process each.
 */
class SharedFork extends ForksPoolWorker {
  /** @override */
  name = 'sharedForks';
  alone = false;

  /**
   * @override
   * @param {import('vitest/node').WorkerRequest} message
   */
  send(message) {
    if (message.type === 'run' && isAlone(message)) this.alone = true;
    super.send(message);
  }

  /** @param {PoolTask} task */
  canReuse(task) {
    return !this.alone && !isAlone(task);
  }
}

/** @type {import('vitest/node').PoolRunnerInitializer} */
export const sharedForks = {
  name: 'sharedForks',
  createPoolWorker: (options) => new SharedFork(options),
};
