import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addSearchOptions, type SearchChoice, searchOptionsOf } from './searchOptions';

const chosen = (...args: string[]): SearchChoice => {
  const command = addSearchOptions(new Command()).exitOverride();
  return command.parse(args, { from: 'user' }).opts();
};

describe('options of a search', () => {
  it('are on the command line what they are in the library', () => {
    const { maxLength, ...others } = searchOptionsOf(
      chosen(
        ...['--beam', '6', '--groups', '3', '--diversity', '0.25', '--length-penalty', '-0.5'],
        ...['--min-length', '3', '--max-length', '9', '--block-ngram-repeat', '2'],
        ...['--repetition-penalty', '1.5', '--coverage-penalty', '0.2'],
      ),
    );
    expect(others).toEqual({
      ...{ beamSize: 6, groups: 3, diversity: 0.25, lengthPenalty: -0.5, minLength: 3 },
      ...{ noRepeatNgram: 2, repetitionPenalty: 1.5, coveragePenalty: 0.2 },
    });
    expect(maxLength!(1)).toBe(9);
  });

  it('are none where none is named', () => {
    expect(searchOptionsOf(chosen())).toEqual({});
  });

  it.each([
    [{ groups: 3 }, 'groups: received 3, allowed divisors of the beam, 4'],
    [{ beam: 6, groups: 4 }, 'groups: received 4, allowed divisors of the beam, 6'],
  ])('go together, or not: %o', (choice, message) => {
    expect(() => searchOptionsOf(choice)).toThrow(message);
  });
});
