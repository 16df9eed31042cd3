import type { BatchLimits } from './models';
import type { RequestLimits } from './request';

/** What a server is told. Times in ms. */
export interface ServeSettings extends BatchLimits, RequestLimits {
  readonly host: string;
  readonly port: number;
  /** Requests for translations that are answered at a time. */
  readonly maxRequests: number;
  /** Of a request, from its last byte to its answer; and of its bytes to arrive. */
  readonly timeout: number;
  /** For what is at work when the server is told to end. */
  readonly grace: number;
  /** The origin whose pages may ask; none if absent. */
  readonly cors?: string;
  /** Takes a record of every request. */
  readonly log?: (record: Readonly<Record<string, unknown>>) => void;
}

export const DEFAULTS: Omit<ServeSettings, 'cors' | 'log'> = {
  host: '127.0.0.1',
  port: 8080,
  maxBatch: 64,
  maxQueue: 1024,
  wait: 5,
  maxTexts: 64,
  maxCharacters: 10_000,
  maxBeam: 16,
  maxRequests: 256,
  timeout: 30_000,
  grace: 10_000,
};
