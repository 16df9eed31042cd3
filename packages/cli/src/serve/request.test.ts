import { describe, expect, it } from 'vitest';
import { Problem } from './problem';
import { readRequest } from './request';

const LIMITS = { maxTexts: 4, maxCharacters: 20, maxBeam: 8 };
const read = (body: unknown) => readRequest(body, ['en-de', 'en-fr'], LIMITS);

const lines = (...texts: string[]) =>
  texts.flatMap((text, i) => [...(i > 0 ? [{ text: '\n', sentence: false }] : []), { text, sentence: true }]);

const REFUSED: readonly (readonly [unknown, number, string, object?])[] = [
  [undefined, 400, 'request: received undefined'],
  [null, 400, 'request: received null'],
  [[], 400, 'request: received []'],
  ['text', 400, "request: received 'text'"],
  [{}, 400, 'request: text, or texts', { received: 'neither' }],
  [{ text: 'a', texts: ['a'] }, 400, 'request: text, or texts', { received: 'both' }],
  [{ text: 3 }, 400, 'request.text: received 3', { received: '3', allowed: 'a text' }],
  [{ text: null }, 400, 'request.text: received null'],
  [{ texts: [] }, 400, 'request.texts: received []', { allowed: 'a list of one text or more' }],
  [{ texts: ['a', 3] }, 400, 'request.texts'],
  [{ txt: 'a' }, 400, "request: unknown option 'txt', did you mean 'text'?", { received: 'txt' }],
  [{ text: 'a', model: 'en-it' }, 404, "unknown model 'en-it'", { allowed: 'en-de, en-fr' }],
  [{ text: 'a', model: 'toString' }, 404, "unknown model 'toString'"],
  [{ text: 'a', stream: 'yes' }, 400, 'request.stream'],
  [
    { text: 'a', options: { beam: 9 } },
    400,
    'options.beam',
    { received: '9', allowed: 'whole numbers from 1 to 8' },
  ],
  [{ text: 'a', options: { beam: 1.5 } }, 400, 'options.beam'],
  [{ text: 'a', options: { maxLength: 0 } }, 400, 'options.maxLength'],
  [{ text: 'a', options: { lengthPenalty: '1' } }, 400, 'options.lengthPenalty'],
  [
    { text: 'a', options: { nBest: 5 } },
    400,
    'options.nBest',
    { received: '5', allowed: 'up to the beam, 4' },
  ],
  [
    { text: 'a', options: { groups: 3 } },
    400,
    'groups',
    { received: '3', allowed: 'divisors of the beam, 4' },
  ],
  [{ text: 'a', options: { diversity: -1 } }, 400, 'options.diversity'],
  [{ text: 'a', options: { blockNgramRepeat: 1.5 } }, 400, 'options.blockNgramRepeat'],
  [{ text: 'a', options: { alignments: 1 } }, 400, 'options.alignments'],
  [{ text: 'a', options: { language: 'de' } }, 400, 'language: without effect', { received: 'de' }],
  [{ text: 'a', options: { splitSentences: true, language: '!' } }, 400, "language: received '!'"],
  [{ text: 'a', constraints: 'b' }, 400, "request.constraints: received 'b'"],
  [{ text: 'a', constraints: [['b']] }, 400, 'constraints: not those', { received: '1 lists' }],
  [{ texts: ['a', 'b'], constraints: ['b'] }, 400, 'constraints: not', { allowed: '2 lists, one a text' }],
  [{ texts: ['a', 'b'], constraints: [['b']] }, 400, 'constraints: not those', { received: '1 lists' }],
  [{ text: 'a\nb', constraints: ['b'] }, 400, 'translated in parts', { received: '2 lines or sentences' }],
  [{ text: 'a', forbiddenPhrases: [['b']] }, 400, 'request.forbiddenPhrases'],
  [{ text: 'a', constraints: ['b'.repeat(20)] }, 413, 'too many characters', { received: '21' }],
  [{ text: 'a', options: { constructor: 1 } }, 400, "unknown option 'constructor'"],
  [{ texts: ['a', 'b', 'c', 'd', 'e'] }, 413, 'too many texts', { received: '5', allowed: 'up to 4' }],
  [{ text: '\n\n\n\n\n' }, 413, 'too many texts', { received: '6' }],
  [{ text: 'a'.repeat(21) }, 413, 'too many characters', { received: '21', allowed: 'up to 20' }],
];

describe('readRequest', () => {
  it('takes a text or texts, each by its lines', () => {
    expect(read({ text: 'one\ntwo\r\n\nthree' })).toEqual({
      model: 'en-de',
      texts: [lines('one', 'two', '', 'three')],
      ...{ constraints: [[]], forbiddenPhrases: [], alignments: false },
      search: {},
      nBest: 1,
      stream: false,
    });
    expect(
      read({
        texts: ['a', ''],
        model: 'en-fr',
        stream: true,
        options: { beam: 8, lengthPenalty: 0.5, maxLength: 9, nBest: 3 },
      }),
    ).toEqual({
      model: 'en-fr',
      texts: [lines('a'), lines('')],
      ...{ constraints: [[], []], forbiddenPhrases: [], alignments: false },
      search: { beam: 8, lengthPenalty: 0.5, maxLength: 9 },
      nBest: 3,
      stream: true,
    });
  });

  it.each(REFUSED)('refuses %j with %d', (body, status, message, details = {}) => {
    let problem: unknown;
    try {
      read(body);
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(Problem);
    const { body: answer } = problem as Problem;
    expect(answer.status).toBe(status);
    expect(answer).toMatchObject(details as object);
    expect(answer.error).toContain(message);
    expect(answer.next).toMatch(/\w/);
    expect(JSON.stringify(answer).length).toBeLessThan(700);
  });
});
