import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  check,
  checkRecord,
  checkText,
  fields,
  OneAtATime,
  parseAs,
  SteadyformerError,
  whole,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../../checks/schemas';
import { AppendedFile, cannotWrite } from './appendedFile';
import { record, scalarsEvent, startEvent, textEvent, versionEvent } from './tensorBoardEvents';

/** Options of `TensorBoardWriter.open`. */
export interface TensorBoardOptions {
  /**
   * The step a run goes on after: TensorBoard then drops what earlier files of the folder hold of later steps, which are
   * made again. Default: a run that begins.
   */
  readonly resumedAfter?: number;
}

const optionFields = () =>
  fields({ resumedAfter: v.optional(whole(0)) } satisfies SchemasOf<TensorBoardOptions>);

const seconds = (): number => Date.now() / 1000;

/**
 * A file of events in a folder that `tensorboard --logdir` opens. Every run, and every time one goes on, writes a file of
 * its own. What a call has written is with the operating system when it resolves, so that a killed process loses none.
 */
export class TensorBoardWriter {
  /** The file that is written. */
  readonly path: string;
  private readonly file: AppendedFile;
  private readonly calls: OneAtATime = new OneAtATime('TensorBoardWriter');
  private closed = false;

  private constructor(file: AppendedFile) {
    this.path = file.path;
    this.file = file;
  }

  /**
   * Begins a file of events in a folder, which is made where it is missing.
   *
   * @throws SteadyformerError where it cannot be written, or on unknown options
   */
  static async open(folder: string, options: TensorBoardOptions = {}): Promise<TensorBoardWriter> {
    checkText('TensorBoardWriter.open() folder', folder);
    const { resumedAfter } = parseAs(optionFields(), options, 'TensorBoardWriter.open()');
    let path = folder;
    try {
      await mkdir(folder, { recursive: true });
      path = join(folder, nameAfter(await readdir(folder)));
      const writer = new TensorBoardWriter(new AppendedFile(path, await open(path, 'wx')));
      await writer.begin(resumedAfter).catch(async (error: unknown) => {
        await writer.file.close();
        await rm(path, { force: true });
        throw error;
      });
      return writer;
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  private async begin(resumedAfter: number | undefined): Promise<void> {
    await this.append(versionEvent(seconds()));
    if (resumedAfter === undefined) return;
    await this.append(startEvent({ wallTime: seconds(), step: resumedAfter + 1 }));
  }

  /** Numbers at one step, by their tags: 'train/loss'. NaN and infinities are shown as such. */
  async scalars(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const checked = parseAs(whole(0), step, 'TensorBoardWriter.scalars() step');
    checkRecord('TensorBoardWriter.scalars() values', values, 'numbers by tag');
    for (const [tag, value] of Object.entries(values)) {
      check(typeof value === 'number', `TensorBoardWriter.scalars() values['${tag}']`, value, 'numbers');
    }
    await this.write(scalarsEvent({ wallTime: seconds(), step: checked }, values));
  }

  /** A text at one step, which TensorBoard shows as Markdown. */
  async text(step: number, tag: string, text: string): Promise<void> {
    const checked = parseAs(whole(0), step, 'TensorBoardWriter.text() step');
    checkText('TensorBoardWriter.text() tag', tag);
    checkText('TensorBoardWriter.text() text', text);
    await this.write(textEvent({ wallTime: seconds(), step: checked }, tag, text));
  }

  /** Ends the file. Nothing can be written afterwards; a second call does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.calls.check('close()');
    this.closed = true;
    await this.file.close();
  }

  private async write(event: Uint8Array): Promise<void> {
    if (this.closed) {
      throw new SteadyformerError(`'${this.path}' is closed. Open another TensorBoardWriter in its folder.`);
    }
    await this.calls.run('a write', () => this.append(event));
  }

  /** TensorBoard reads no further than an event that is cut off: none is left so. */
  private async append(event: Uint8Array): Promise<void> {
    await this.file.append(record(event));
  }
}

const NAME = /^events\.out\.tfevents\.(\d{10})\./u;

/** TensorBoard reads the files of a folder by name, and none that comes before one it has read. */
const nameAfter = (others: readonly string[]): string => {
  const earlier = others.map((name) => Number(NAME.exec(name)?.[1] ?? 0) + 1);
  const second = earlier.reduce((latest, next) => Math.max(latest, next), Math.floor(seconds()));
  const unique = `${process.pid}.${randomBytes(4).toString('hex')}`;
  return `events.out.tfevents.${String(second).padStart(10, '0')}.${hostname()}.${unique}`;
};
