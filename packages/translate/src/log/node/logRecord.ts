import { checkRecord, parseAs, SteadyformerError, text, whole } from '@steadyformer/core';
import { fromJson, toJson } from '../../checks/jsonValue';
import { inputError } from '../../text/inputError';
import { type ByteLine, LONGEST } from './byteLines';

/** What every record of a log says. */
export interface LogEvent {
  /** What happened. */
  readonly event: string;
  /** After which update of the model, if it belongs to one. */
  readonly update?: number | undefined;
}

/** A line of a log, with all else that it says. */
export interface LogRecord extends LogEvent {
  readonly [field: string]: unknown;
}

const NEXT = 'Mend or delete that line, or name another file.';

const checkEvent = (record: unknown, where: string, next?: string): LogRecord => {
  checkRecord(where, record, "an object with 'event'", next);
  const { event, update } = record as LogRecord;
  parseAs(text(), event, `${where}: event`, next);
  if (update !== undefined) parseAs(whole(0), update, `${where}: update`, next);
  return record as LogRecord;
};

/** A record as a line with its end. @throws SteadyformerError on what is no record, or JSON has no form for */
export const encodeRecord = (record: LogEvent, where: string): Uint8Array => {
  const { event, update, ...rest } = toJson(checkEvent(record, where), where) as LogRecord;
  const bytes = Buffer.from(`${JSON.stringify({ event, update, ...rest })}\n`);
  if (bytes.length > LONGEST)
    throw new SteadyformerError(
      `${where}: is ${bytes.length} bytes as JSON, allowed ${LONGEST}. Write it to a file of its own.`,
    );
  return bytes;
};

/** What a killed process or a power cut leaves of a record: its beginning, or zeros in its place. */
const isCut = ({ bytes, ended }: ByteLine): boolean =>
  !ended && bytes.length < LONGEST && (bytes[0] === 0x7b || bytes.every((byte) => byte === 0));

/**
 * The record that a line holds, as it stands there, or undefined for a last line that was cut off.
 *
 * @throws SteadyformerError that names file and line where it is damaged
 */
export const decodeRecord = (line: ByteLine, path: string): LogRecord | undefined => {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(line.bytes));
  } catch {
    if (isCut(line)) return undefined;
    throw inputError(path, line.number, `is no record of a log: not JSON. ${NEXT}`);
  }
  return checkEvent(json, `${path}:${line.number}`, NEXT);
};

/** The record that was written. */
export const writtenRecord = (record: LogRecord, where: string): LogRecord =>
  fromJson(record, where) as LogRecord;
