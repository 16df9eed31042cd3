/** Where the demo writes: a terminal gets a live line that is overwritten, a pipe gets plain lines only. */
export interface Screen {
  /** A line that stays. */
  line(text: string): void;
  /** The state of affairs: replaces the last such line on a terminal; elsewhere one in `every` is printed. */
  live(text: string, every: boolean): void;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const ERASE = '\r\u001b[2K';

export const screenOn = (output: Output): Screen => {
  let drawn = false;
  const clear = (): void => {
    if (drawn) output.write(ERASE);
    drawn = false;
  };
  return {
    line: (text) => {
      clear();
      output.write(`${text}\n`);
    },
    live: (text, every) => {
      if (!output.isTTY) {
        if (every) output.write(`${text}\n`);
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
