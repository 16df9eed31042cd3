/** Where the demo writes: a terminal gets a live line that is overwritten, a pipe gets plain lines only. */
export interface Screen {
  /** A line that stays. */
  line(text: string): void;
  /**
   * The state of affairs: replaces the last such line on a terminal; elsewhere it is printed where it is `due`, or
   * nothing was for some seconds.
   */
  live(text: string, due?: boolean): void;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Longest silence in a pipe while something is at work, ms. */
const SILENCE = 5000;

const ERASE = '\r\u001b[2K';

export const screenOn = (output: Output, now: () => number = () => performance.now()): Screen => {
  let drawn = false;
  let spoken = now();
  const clear = (): void => {
    if (drawn) output.write(ERASE);
    drawn = false;
  };
  return {
    line: (text) => {
      clear();
      output.write(`${text}\n`);
      spoken = now();
    },
    live: (text, due = false) => {
      if (!output.isTTY) {
        if (!due && now() - spoken < SILENCE) return;
        output.write(`${text}\n`);
        spoken = now();
        return;
      }
      output.write(ERASE + text.slice(0, (output.columns ?? 100) - 1));
      drawn = true;
    },
  };
};

/** 'm:ss' */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

/** A label of fixed width and what it stands for. */
export const row = (label: string, text: string): string => `${label.padEnd(10)}${text}`;
