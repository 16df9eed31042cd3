import {
  checkIterable,
  checkText,
  fields,
  invalidArgument,
  parseAs,
  SteadyformerError,
  text,
} from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';
import { normaliseText } from '../text/normalise';
import { applyMerges, type MergeDropout } from './applyMerges';
import { type BpeJson, type BpeModel, checkModel, modelFromJson, modelToJson } from './bpeJson';
import { type EncodeOptions, encodeSettings } from './encodeSettings';
import { checkEndOfWord } from './endOfWord';
import { initialSymbols } from './learnMerges';
import { MergeTable } from './mergeTable';
import { joinPieces, SPACE_MARK, splitPieces } from './preTokenizer';
import { SPECIAL_IDS, SPECIAL_TOKENS } from './special';

/** Options of `Bpe.decode`. */
export interface DecodeOptions {
  /** What an unknown token reads as. Default '<unk>'. */
  readonly unknown?: string;
}

const decodeFields = () =>
  fields({
    unknown: v.optional(text(), '<unk>'),
  } satisfies SchemasOf<DecodeOptions>);

/** No options: nothing to check. */
const NOTHING: EncodeOptions = {};

const CACHED_PIECES = 100_000;

/** A subword vocabulary by byte-pair encoding: text to token ids and back. Immutable. */
export class Bpe {
  /** Id that begins a sequence. */
  readonly bos: number = SPECIAL_IDS.bos;
  /** Id that fills a batch. */
  readonly pad: number = SPECIAL_IDS.pad;
  /** Id that ends a sequence, and begins the decoder's input. */
  readonly eos: number = SPECIAL_IDS.eos;
  /** Id of every character that is not in the vocabulary. */
  readonly unk: number = SPECIAL_IDS.unk;
  /** Every token by its id, the special ones first. */
  readonly tokens: readonly string[];
  readonly model: BpeModel;
  /** Symbols by number: the ids of tokens, and further numbers for what merges alone know. */
  private readonly table: MergeTable;
  private readonly cache = new Map<string, readonly number[]>();
  private texts: readonly string[] | undefined;

  /** @throws SteadyformerError where the model is not one, a token stands twice, or word ends would be lost. */
  constructor(model: BpeModel) {
    checkModel(model);
    checkEndOfWord(model.endOfWord, model.preTokenizer);
    this.model = { ...model, tokens: [...model.tokens], merges: [...model.merges] };
    this.tokens = [...SPECIAL_TOKENS, ...model.tokens];
    if (new Set(model.tokens).size !== model.tokens.length) {
      throw new SteadyformerError('BPE vocabulary: a token is listed twice. Each may stand once.');
    }
    this.table = new MergeTable(model.tokens, model.merges, SPECIAL_TOKENS.length);
  }

  /** Number of tokens, the special ones included. */
  get size(): number {
    return this.tokens.length;
  }

  /** The id of a token that is not special, undefined where the vocabulary lacks it. */
  idOf(token: string): number | undefined {
    const id = this.table.numberOf(token) ?? this.size;
    return id < this.size ? id : undefined;
  }

  /**
   * Text from outside as the vocabulary's training text was: what `encodeCorpus` and `Translator` encode. `encode`
   * itself takes every character as it stands.
   */
  normalise(text: string): string {
    checkText('Bpe text', text);
    return this.model.normalisation === 'text' ? normaliseText(text) : text;
  }

  /** The subwords of a text, as strings: marks included, characters outside the vocabulary as they are. */
  segment(text: string): string[] {
    checkText('Bpe text', text);
    const found: string[] = [];
    for (const piece of splitPieces(text, this.model.preTokenizer)) {
      for (const symbol of this.symbolsOf(piece)) found.push(this.nameOf(symbol, piece));
    }
    return found;
  }

  /**
   * The token ids of a text, without begin or end.
   *
   * @throws SteadyformerError on an unknown option, dropout without `random`, or `random` without dropout.
   */
  encode(text: string, options: EncodeOptions = NOTHING): number[] {
    checkText('Bpe text', text);
    const {
      dropout: rate,
      random,
      onUnknown,
    } = options === NOTHING ? options : encodeSettings(options, 'encode()');
    const draws = rate && random ? { rate, random, drawn: 0 } : undefined;
    const ids: number[] = [];
    for (const piece of splitPieces(text, this.model.preTokenizer)) {
      for (const symbol of this.symbolsOf(piece, draws)) {
        const known = symbol >= 0 && symbol < this.size;
        ids.push(known ? symbol : this.unk);
        if (!known) onUnknown?.(this.withoutMark(this.nameOf(symbol, piece)));
      }
    }
    return ids;
  }

  /**
   * The text of token ids; begin, end and padding are left out. `decode(encode(text))` is `text` in NFC for raw text
   * (`metaspace`) of known characters.
   *
   * @throws SteadyformerError on an id outside the vocabulary.
   */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    const { unknown } = parseAs(decodeFields(), options, 'decode()');
    checkIterable('token ids', ids, 'a list of whole numbers');
    let text = '';
    for (const id of ids) {
      const token = typeof id === 'number' ? this.tokens[id] : undefined;
      if (token === undefined) {
        throw invalidArgument({
          what: 'token id',
          received: id,
          allowed: `whole numbers 0 to ${this.size - 1}`,
        });
      }
      text += this.written(id, unknown);
    }
    return joinPieces(text, this.model.preTokenizer);
  }

  /** What each token adds to a text, its spaces included; nothing for begin, end and padding. */
  tokenTexts(): readonly string[] {
    this.texts ??= this.tokens.map((_, id) => this.textOf(id));
    return this.texts;
  }

  private textOf(id: number): string {
    const mark = this.model.preTokenizer === 'metaspace' ? SPACE_MARK : ' ';
    return this.written(id, '<unk>').replaceAll(mark, ' ');
  }

  /** A token as pieces of text have it. */
  private written(id: number, unknown: string): string {
    const spaced = this.model.preTokenizer === 'whitespace';
    if (id === this.unk) return spaced ? `${unknown} ` : unknown;
    if (id < SPECIAL_TOKENS.length) return '';
    const token = this.tokens[id]!;
    const word = this.withoutMark(token);
    return spaced && word.length < token.length ? `${word} ` : word;
  }

  /** The characters of a text that are not in the vocabulary, each once, in order. */
  unknownCharacters(text: string): string[] {
    const found = new Set<string>();
    this.encode(text, { onUnknown: (character) => found.add(character) });
    return [...found];
  }

  /** The plain-data form; `JSON.stringify(bpe)` uses it. */
  toJSON(): BpeJson {
    return modelToJson(this.model);
  }

  /** Reads what `toJSON` gave (parsed). @throws SteadyformerError where it is something else. */
  static fromJSON(json: unknown): Bpe {
    return new Bpe(modelFromJson(json));
  }

  private withoutMark(token: string): string {
    const { endOfWord } = this.model;
    return endOfWord !== '' && token.endsWith(endOfWord) ? token.slice(0, -endOfWord.length) : token;
  }

  /** The text of a symbol of a piece. */
  private nameOf(symbol: number, piece: string): string {
    return this.table.names[symbol] ?? initialSymbols(piece, this.model.endOfWord)[-1 - symbol]!;
  }

  /** The symbols of a piece, merged: numbers of the table; -1 - i for its character i, which the table lacks. */
  private symbolsOf(piece: string, dropout?: MergeDropout): readonly number[] {
    const known = dropout ? undefined : this.cache.get(piece);
    if (known) return known;
    const symbols = initialSymbols(piece, this.model.endOfWord).map(
      (symbol, i) => this.table.numberOf(symbol) ?? -1 - i,
    );
    const merged = applyMerges(symbols, this.table, dropout);
    if (!dropout && this.cache.size < CACHED_PIECES) this.cache.set(piece, merged);
    return merged;
  }
}
