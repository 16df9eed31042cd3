import { describe, expect, it } from 'vitest';
import { parseArguments } from './arguments';

const names = ['fig3', 'fig4'];

describe('the command line', () => {
  it('reads an item and its options', () => {
    const asked = parseArguments(
      ['fig4', '--preset', 'paper', '--seeds', '5', '--resume', '--parallel', '3'],
      names,
    );
    expect(asked).toEqual({
      name: 'fig4',
      preset: 'paper',
      seeds: 5,
      resume: true,
      dryRun: false,
      force: false,
      redraw: false,
      parallel: 3,
    });
    expect(parseArguments(['fig3'], names)).toMatchObject({ preset: 'small' });
    expect(parseArguments(['--table'], names)).toBe('table');
  });

  it.each([
    [[], 'item: received none, allowed one of fig3, fig4'],
    [['fig5'], "item: received 'fig5', allowed one of fig3, fig4"],
    [['fig3', 'fig4'], "item: received 'fig3 fig4', allowed one of fig3, fig4"],
    [['fig3', '--preset', 'big'], "--preset: received 'big', allowed small, paper, minute"],
    [['fig3', '--seeds', '0'], "--seeds: received '0', allowed whole numbers above 0"],
    [['fig3', '--parallel', '1.5'], "--parallel: received '1.5', allowed whole numbers above 0"],
    [['--table', 'fig3'], '--table: allowed alone'],
  ])('refuses %j', (args, message) => {
    expect(() => parseArguments(args, names)).toThrow(message);
  });

  it('refuses an option that is none, naming it', () => {
    expect(() => parseArguments(['fig3', '--presets', 'small'], names)).toThrow('--presets');
  });
});
