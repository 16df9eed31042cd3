import type { RunEvent } from '../events';
import type { Emit } from './loopParts';
import type { RunLog } from './runLog';
import type { TrainOptions } from './trainOptions';

const DONE = Promise.resolve();

/** Tells events: to who asked for the run at once, and to its log as soon as there is one. */
export class Teller {
  private readonly waiting: RunEvent[] = [];
  private log: RunLog | undefined;

  constructor(private readonly onEvent: TrainOptions['onEvent']) {}

  /** What `onEvent` throws is thrown at once: of progress nobody waits. */
  readonly emit: Emit = (event) => {
    this.onEvent?.(event);
    if (event.event === 'progress') return DONE;
    if (this.log) return this.log.write(event);
    this.waiting.push(event);
    return DONE;
  };

  async open(log: RunLog): Promise<void> {
    this.log = log;
    for (const event of this.waiting.splice(0)) await log.write(event);
  }

  async close(): Promise<void> {
    await this.log?.close();
  }
}
