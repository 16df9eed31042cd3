import { fields, parseAs, such } from '@steadyformer/core';
import * as v from 'valibot';
import { needed, type SchemasOf } from '../../checks/schemas';
import { type BlankOptions, blankFields, checkSkips } from '../blankOptions';
import { inputError } from '../inputError';
import { type NamedText, namedText } from '../namedText';
import type { Located } from '../parallelFormats';
import { withoutBlanks } from '../readParallel';
import type { SentencePair } from '../sentencePair';
import { tmxUnits, type Unit, type Variant } from './tmxUnits';

type Languages = readonly [string, string];

/** A translation memory (TMX 1.4b, and what of earlier versions reads alike). */
export interface TmxInput extends BlankOptions {
  readonly format: 'tmx';
  readonly text: NamedText;
  /**
   * The languages of source and target. Case does not count, and 'en' takes 'en-US' too where a unit has no 'en'.
   * Default: the first two languages of the first unit.
   */
  readonly languages?: Languages | undefined;
}

const canonical = (language: string): string => language.toLowerCase().replaceAll('_', '-');

const areLanguages = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((item) => typeof item === 'string' && item.trim() === item && item !== '') &&
  canonical(value[0]) !== canonical(value[1]);

const tmxInput = () =>
  fields({
    format: v.unknown(),
    text: needed(namedText()),
    ...blankFields(),
    languages: v.optional(such<Languages>("two different languages, such as ['en', 'de']", areLanguages)),
  } satisfies SchemasOf<TmxInput>);

const MOST_NAMED = 20;

const quoted = (languages: readonly string[]): string =>
  languages.length === 0
    ? 'none'
    : languages
        .slice(0, MOST_NAMED)
        .map((language) => `'${language.slice(0, 40)}'`)
        .join(', ') + (languages.length > MOST_NAMED ? ', ...' : '');

const languagesOf = ({ variants }: Unit): string[] => {
  const first = new Map<string, string>();
  for (const { language } of variants) {
    const key = canonical(language);
    if (!first.has(key)) first.set(key, language);
  }
  return [...first.values()];
};

/** The variants of both languages; one that is exactly a language asked for is not taken for the other. */
const bothOf = ({ variants }: Unit, languages: Languages): (Variant | undefined)[] => {
  const wanted = languages.map(canonical);
  const exact = wanted.map((key) => variants.find(({ language }) => canonical(language) === key));
  const taken = new Set(exact);
  return wanted.map((key, side) => {
    const found =
      exact[side] ?? variants.find((one) => !taken.has(one) && canonical(one.language).startsWith(`${key}-`));
    taken.add(found);
    return found;
  });
};

async function* locatedPairs({ text, languages: asked, blank, onSkip }: TmxInput): AsyncGenerator<Located> {
  const { name } = text;
  const found = new Map<string, string>();
  let languages = asked;
  let [units, pairs] = [0, 0];
  for await (const unit of tmxUnits(text)) {
    units++;
    const own = languagesOf(unit);
    for (const language of own) {
      const key = canonical(language);
      if (found.size <= MOST_NAMED && !found.has(key)) found.set(key, language);
    }
    const [first, second] = own;
    if (!languages && first !== undefined && second !== undefined) languages = [first, second];
    const [source, target] = languages ? bothOf(unit, languages) : [];
    if (source && target) {
      pairs++;
      yield { source: source.text, target: target.text, where: [name, name], line: unit.line };
    } else if (blank === 'skip') {
      onSkip?.({ reason: 'noLanguage', name, line: unit.line });
    } else {
      const missing = (languages ?? []).filter((_, side) => !(side === 0 ? source : target));
      throw inputError(
        name,
        unit.line,
        `the unit has ${languages ? `no ${missing.map((one) => `'${one}'`).join(' and no ')}` : 'no two languages'}, ` +
          `its languages: ${quoted(own)}. Ask for others with languages, or read with blank: 'skip'.`,
      );
    }
  }
  if (units === 0) throw inputError(name, undefined, 'has no translation unit (<tu>).');
  if (pairs === 0)
    throw inputError(
      name,
      undefined,
      `no unit has ${languages ? `both '${languages[0]}' and '${languages[1]}'` : 'two languages'}, ` +
        `languages found: ${quoted([...found.values()])}. Ask for two of a unit with languages.`,
    );
}

/**
 * The sentence pairs of a translation memory, in order, read as they are asked for. Of inner markup the text of `hi`
 * is kept, codes (`bpt`, `ept`, `ph`, `it`, `ut`) go with what they hold; a line break becomes a space.
 *
 * @throws SteadyformerError with file and line: not well-formed, another encoding than UTF-8 or UTF-16, no unit, a unit
 *   that lacks a language or has a blank side (unless `blank` is 'skip'); or on an unknown option.
 */
export async function* readTmx(input: TmxInput): AsyncGenerator<SentencePair> {
  parseAs(tmxInput(), input, 'readTmx()');
  checkSkips(input, 'readTmx()');
  yield* withoutBlanks(locatedPairs(input), input);
}
