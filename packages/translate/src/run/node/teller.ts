import type { RunEvent } from '../events';
import type { Emit } from './loopParts';
import type { RunLog } from './runLog';
import type { TrainOptions } from './trainOptions';

/** Tells events: to who asked for the run at once, and to its log as soon as there is one. */
export class Teller {
  private readonly waiting: RunEvent[] = [];
  private log: RunLog | undefined;

  constructor(private readonly onEvent: TrainOptions['onEvent']) {}

  readonly emit: Emit = async (event) => {
    this.onEvent?.(event);
    if (this.log) await this.log.write(event);
    else if (event.event !== 'progress') this.waiting.push(event);
  };

  async open(log: RunLog): Promise<void> {
    this.log = log;
    for (const event of this.waiting.splice(0)) await log.write(event);
  }

  async close(): Promise<void> {
    await this.log?.close();
  }
}
