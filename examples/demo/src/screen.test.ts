import { expect, it } from 'vitest';
import { clock, type Output, screenOn } from './screen';

const recorder = (isTTY: boolean): Output & { text: string } => ({
  isTTY,
  columns: 20,
  text: '',
  write(text: string) {
    this.text += text;
  },
});

it('prints plain lines into a pipe, and live ones only now and then', () => {
  const output = recorder(false);
  let seconds = 0;
  const screen = screenOn(output, () => 1000 * seconds);
  screen.live('step 1');
  screen.live('step 2', true);
  for (seconds = 1; seconds <= 12; seconds++) screen.live(`second ${seconds}`);
  screen.line('done');
  seconds += 4;
  screen.live('not yet');
  expect(output.text).toBe('step 2\nsecond 5\nsecond 10\ndone\n');
});

it('draws one line over on a terminal, cut to its width, and clears it before a line that stays', () => {
  const output = recorder(true);
  const screen = screenOn(output);
  screen.live('a very long line of progress');
  screen.line('done');
  expect(output.text).toBe('\r\u001b[2Ka very long line of\r\u001b[2Kdone\n');
});

it.each([
  [0, '0:00'],
  [59.6, '1:00'],
  [125, '2:05'],
  [-3, '0:00'],
])('writes %s seconds as %s', (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});
