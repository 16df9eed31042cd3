import type { Streams } from '../program/streams';

/** Where a long command says how it goes: a terminal gets a live line that is overwritten, a pipe gets plain lines only. */
export interface Screen {
  /** A line that stays. */
  readonly line: (text: string) => void;
  /** A line of the error stream. */
  readonly warn: (text: string) => void;
  /**
   * The state of affairs: replaces the last such line on a terminal; elsewhere it is printed where it is `due`, or nothing was
   * for some time.
   */
  readonly live: (text: string, due?: boolean) => void;
  /** Takes the live line away. */
  readonly close: () => void;
}

/** Longest silence in a pipe while something is at work, ms. */
const SILENCE = 10_000;

const ERASE = '\r\u001b[2K';

/** Shows how much of a stage of the work is done. */
export const showStage =
  ({ live }: Pick<Screen, 'live'>) =>
  (stage: string, done: number, total?: number): void =>
    live(row(stage, total === undefined ? String(done) : `${done}/${total}`));

/** @param quiet whether warnings are all that is shown */
export const screenOn = (
  { out, error, columns = () => undefined }: Streams,
  quiet = false,
  now: () => number = () => performance.now(),
): Screen => {
  let drawn = false;
  let spoken = now();
  const close = (): void => {
    if (drawn) out(ERASE);
    drawn = false;
  };
  const warn = (text: string): void => {
    close();
    error(`${text}\n`);
  };
  if (quiet) return { line: () => {}, live: () => {}, warn, close };
  return {
    warn,
    close,
    line: (text) => {
      close();
      out(`${text}\n`);
      spoken = now();
    },
    live: (text, due = false) => {
      const width = columns();
      if (width !== undefined) {
        out(ERASE + text.slice(0, width - 1));
        drawn = true;
      } else if (due || now() - spoken >= SILENCE) {
        out(`${text}\n`);
        spoken = now();
      }
    },
  };
};

/** 'm:ss', or 'h:mm:ss' */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
};

/** A label of fixed width and what it stands for. */
export const row = (label: string, text: string): string => `${label.padEnd(12)}${text}`;
