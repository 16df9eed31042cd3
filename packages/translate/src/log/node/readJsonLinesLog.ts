import { check } from '@steadyformer/core';
import { errorCode } from '../../checks/node/errorCode';
import { inputError } from '../../text/inputError';
import { type ByteLine, byteLines } from './byteLines';
import { decodeRecord, type LogRecord, writtenRecord } from './logRecord';

async function* linesOf(path: string): AsyncGenerator<ByteLine> {
  try {
    yield* byteLines(path);
  } catch (error) {
    throw inputError(path, undefined, `the log cannot be read (${errorCode(error)}). Check the path.`);
  }
}

/**
 * The records of a log that `JsonLinesLog` wrote, in order, one at a time: as they were given to `write`, NaN and
 * infinities included. A last line that was cut off, or is being written, is left out.
 *
 * @throws SteadyformerError where the file cannot be read, or a line is damaged (it names file and line)
 */
export async function* readJsonLinesLog(path: string): AsyncGenerator<LogRecord> {
  check(typeof path === 'string' && path !== '', 'readJsonLinesLog() path', path, 'the path of a file');
  for await (const line of linesOf(path)) {
    const record = decodeRecord(line, path);
    if (record !== undefined) yield writtenRecord(record, `${path}:${line.number}`);
  }
}
