import { checkText } from '@steadyformer/core';

// Soft hyphens, zero-width spaces and word joiners, marks of direction, byte-order marks: they say nothing, and each
// would be a subword of its own. The zero-width joiner and non-joiner (U+200D, U+200C) stay: Persian, Sinhala and emoji
// are spelled with them.
const INVISIBLE = /[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/gu;

// Characters below U+0300 that are none of these, nor white space, are in NFC whatever stands beside them.
const NORMAL = /^[!-~\u00a1-\u00ac\u00ae-\u02ff]+(?: [!-~\u00a1-\u00ac\u00ae-\u02ff]+)*$/u;

/**
 * Invisible characters without meaning removed, Unicode NFC, white space of any kind as single spaces, none at the
 * ends. The zero-width joiner and non-joiner are letters' business and stay.
 *
 * @throws SteadyformerError on what is no text
 */
export const normaliseText = (text: string): string =>
  NORMAL.test(checkText('normaliseText() text', text))
    ? text
    : text.replace(INVISIBLE, '').normalize('NFC').replace(/\s+/gu, ' ').trim();

/** What a vocabulary's text goes through before it is cut: `normaliseText`, or nothing. */
export type Normalisation = 'text' | 'none';

export const NORMALISATIONS: readonly Normalisation[] = ['text', 'none'];
