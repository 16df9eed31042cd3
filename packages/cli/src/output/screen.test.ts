import { describe, expect, it } from 'vitest';
import { clock, row, screenOn } from './screen';

const recorded = (columns?: number, quiet = false) => {
  const said = { out: '', error: '', now: 0 };
  const streams = {
    out: (text: string) => {
      said.out += text;
    },
    error: (text: string) => {
      said.error += text;
    },
    columns: () => columns,
  };
  return { said, screen: screenOn(streams, quiet, () => said.now) };
};

describe('screenOn', () => {
  it('overwrites the live line of a terminal, cut to its width', () => {
    const { said, screen } = recorded(10);
    screen.live('step 1');
    screen.live('step 2 with more');
    screen.line('stays');
    screen.live('step 3');
    screen.warn('careful');
    screen.live('step 4');
    screen.close();
    const erase = '\r\u001b[2K';
    expect(said.out).toBe(
      `${erase}step 1${erase}step 2 wi${erase}stays\n${erase}step 3${erase}${erase}step 4${erase}`,
    );
    expect(said.error).toBe('careful\n');
  });

  it('writes plain lines to a pipe: those that are due, and others after ten seconds', () => {
    const { said, screen } = recorded();
    screen.live('1');
    screen.live('2', true);
    said.now = 9_999;
    screen.live('3');
    said.now = 10_000;
    screen.live('4');
    screen.live('5');
    screen.line('stays');
    screen.close();
    expect(said.out).toBe('2\n4\nstays\n');
  });

  it('says warnings only where it is to be quiet', () => {
    const { said, screen } = recorded(80, true);
    screen.live('1', true);
    screen.line('stays');
    screen.warn('careful');
    screen.close();
    expect([said.out, said.error]).toEqual(['', 'careful\n']);
  });
});

it('times and rows', () => {
  expect([0, 59.6, 61, 3600, 36_061, -1].map(clock)).toEqual([
    '0:00',
    '1:00',
    '1:01',
    '1:00:00',
    '10:01:01',
    '0:00',
  ]);
  expect(row('done', 'x')).toBe('done        x');
});
