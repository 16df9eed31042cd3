import { finite, invalidArgument, parseAs, whole } from '@steadyformer/core';
import type { TranslateOptions } from '@steadyformer/translate';
import { type Command, InvalidArgumentError } from 'commander';
import * as v from 'valibot';

/** What a caller may say about the search, in numbers: on the command line and in a request. */
export interface SearchChoice {
  /** Hypotheses kept a sentence; 1 is greedy search. */
  readonly beam?: number;
  readonly lengthPenalty?: number;
  /** Fewest and most tokens of a translation, the end included. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** No so many tokens in a row are said twice. */
  readonly blockNgramRepeat?: number;
  readonly repetitionPenalty?: number;
  readonly coveragePenalty?: number;
  /** Groups of a diverse beam, and how much they avoid each other's tokens. */
  readonly groups?: number;
  readonly diversity?: number;
}

/** An option of the search: what it may be, what it does, and what the library calls it. */
interface SearchOption {
  /** As the command line has it. */
  readonly flag: string;
  readonly help: string;
  readonly schema: v.GenericSchema<number>;
  readonly toLibrary: (value: number) => TranslateOptions;
}

/** The library's default. */
const BEAM = 4;

/** Largest beam that is taken from outside: memory and time grow with it. */
const MAX_BEAM = 64;

const beams = () =>
  finite(
    `whole numbers from 1 to ${MAX_BEAM}`,
    (beam) => Number.isInteger(beam) && beam >= 1 && beam <= MAX_BEAM,
  );

/** The one table of the options of a search; commands and requests are made of it. */
export const SEARCH_OPTIONS: Readonly<Record<keyof SearchChoice, SearchOption>> = {
  beam: {
    flag: '-b, --beam <n>',
    help: 'hypotheses kept a sentence; 1 is greedy search (default: 4)',
    schema: beams(),
    toLibrary: (beamSize) => ({ beamSize }),
  },
  lengthPenalty: {
    flag: '--length-penalty <x>',
    help: 'scores are divided by n^x, n the tokens: larger prefers longer translations (default: 1)',
    schema: finite('finite numbers'),
    toLibrary: (lengthPenalty) => ({ lengthPenalty }),
  },
  minLength: {
    flag: '--min-length <tokens>',
    help: 'fewest tokens of a translation (default: 1)',
    schema: whole(),
    toLibrary: (minLength) => ({ minLength }),
  },
  maxLength: {
    flag: '--max-length <tokens>',
    help: 'most tokens of a translation (default: 2 n + 10, n those of its source)',
    schema: whole(),
    toLibrary: (tokens) => ({ maxLength: () => tokens }),
  },
  blockNgramRepeat: {
    flag: '--block-ngram-repeat <n>',
    help: 'no n tokens in a row are said twice (default: 0, they may be)',
    schema: whole(0),
    toLibrary: (noRepeatNgram) => ({ noRepeatNgram }),
  },
  repetitionPenalty: {
    flag: '--repetition-penalty <x>',
    help: 'tokens that were said count as less likely, by this factor of their log-probability (default: 1)',
    schema: finite('numbers >= 1', (factor) => factor >= 1),
    toLibrary: (repetitionPenalty) => ({ repetitionPenalty }),
  },
  coveragePenalty: {
    flag: '--coverage-penalty <beta>',
    help: "ranks translations that leave out none of the source's tokens before others (default: 0)",
    schema: finite('numbers >= 0', (beta) => beta >= 0),
    toLibrary: (coveragePenalty) => ({ coveragePenalty }),
  },
  groups: {
    flag: '--groups <n>',
    help: 'diverse beam search: groups of hypotheses, a divisor of the beam (default: 1)',
    schema: whole(),
    toLibrary: (groups) => ({ groups }),
  },
  diversity: {
    flag: '--diversity <x>',
    help: 'what a token loses for every group before that says it (default: 0.5)',
    schema: finite('numbers >= 0', (strength) => strength >= 0),
    toLibrary: (diversity) => ({ diversity }),
  },
};

const names = Object.keys(SEARCH_OPTIONS) as (keyof SearchChoice)[];

const parsed =
  (schema: v.GenericSchema<number>) =>
  (text: string): number => {
    // An empty text is 0 to JavaScript.
    const result = v.safeParse(schema, text.trim() === '' ? Number.NaN : Number(text));
    if (result.success) return result.output;
    throw new InvalidArgumentError(`allowed: ${result.issues[0].message}.`);
  };

/** Gives a command the options of a search. */
export const addSearchOptions = (command: Command): Command => {
  for (const name of names) {
    const { flag, help, schema } = SEARCH_OPTIONS[name];
    command.option(flag, help, parsed(schema));
  }
  return command;
};

/** Schemas of the options of a search, each of which may be absent. */
export const searchEntries = (): Record<keyof SearchChoice, v.GenericSchema<number | undefined>> =>
  Object.fromEntries(names.map((name) => [name, v.optional(SEARCH_OPTIONS[name].schema)])) as never;

/**
 * What the library calls what was chosen.
 *
 * @throws SteadyformerError where options do not go together
 */
export const searchOptionsOf = (choice: SearchChoice): TranslateOptions => {
  const { beam = BEAM, groups = 1 } = choice;
  if (beam % groups !== 0) {
    throw invalidArgument({ what: 'groups', received: groups, allowed: `divisors of the beam, ${beam}` });
  }
  return Object.assign(
    {},
    ...names.map((name) => {
      const value = choice[name];
      return value === undefined ? {} : SEARCH_OPTIONS[name].toLibrary(value);
    }),
  );
};

/** Throws where more translations of a sentence are wanted than hypotheses are kept. */
export const checkBest = (what: string, best: number, { beam = BEAM }: SearchChoice): void => {
  parseAs(beams(), best, what);
  if (best <= beam) return;
  throw invalidArgument({
    what,
    received: best,
    allowed: `up to the beam, ${beam}`,
    next: 'Ask for fewer, or for a larger beam.',
  });
};
