import type { TextSize } from '../../measure/text';

/** Networks at their start: encoders on tokens drawn from Zipf's law. */
export interface StartSize {
  readonly vocabulary: number;
  readonly sentences: number;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  /** N, residual branches; a network is built for each. */
  readonly depths: readonly number[];
  readonly networks: number;
  /** Depths and networks at which laziness is measured. */
  readonly lazy: { readonly depths: readonly number[]; readonly networks: number };
}

/** Language models on a corpus. */
export interface LanguageSize extends Omit<TextSize, 'maxTokens'> {
  /** Tokens of a block of text, and blocks of a batch. */
  readonly length: number;
  readonly blocks: number;
  readonly width: number;
  readonly heads: number;
  readonly networks: number;
  readonly updates: number;
}

export interface Size {
  /** Names of methods. Absent: all that core knows. */
  readonly methods?: readonly string[];
  readonly start: StartSize;
  /** Networks measured before and after some updates of Adam at a rate. */
  readonly trained: LanguageSize & { readonly depths: readonly number[]; readonly rate: number };
  /** Networks of so many blocks trained without warm-up, the rate falling to 0. */
  readonly learning: LanguageSize & { readonly layers: readonly number[]; readonly rates: readonly number[] };
}

const SMALL_TEXT = {
  corpus: 'libreoffice-help',
  sentences: 6000,
  merges: 1000,
  length: 32,
  heads: 4,
} as const;

export const SMALL: Size = {
  start: {
    vocabulary: 2004,
    sentences: 16,
    length: 64,
    width: 128,
    heads: 4,
    depths: [8, 12, 16, 32, 64, 128],
    networks: 5,
    lazy: { depths: [8, 32, 64], networks: 3 },
  },
  trained: {
    ...SMALL_TEXT,
    blocks: 8,
    width: 64,
    networks: 2,
    depths: [8, 16, 32, 64],
    updates: 100,
    rate: 1e-3,
  },
  learning: {
    ...SMALL_TEXT,
    blocks: 8,
    width: 32,
    networks: 2,
    layers: [6, 24],
    rates: [1e-3, 4e-3],
    updates: 150,
  },
};

/** Width 512, as the paper's base models. */
export const FULL: Size = {
  start: { ...SMALL.start, width: 512, heads: 8 },
  trained: { ...SMALL.trained, blocks: 32, width: 256 },
  learning: { ...SMALL.learning, heads: 8, blocks: 32, width: 256, networks: 3, updates: 1000 },
};

/** Shows that it runs. */
export const MINUTE: Size = {
  methods: ['postLN', 'admin', 'reZero'],
  start: {
    vocabulary: 30,
    sentences: 2,
    length: 4,
    width: 8,
    heads: 2,
    depths: [2, 4, 6, 8],
    networks: 2,
    lazy: { depths: [4], networks: 1 },
  },
  trained: {
    ...SMALL_TEXT,
    sentences: 20,
    merges: 20,
    length: 8,
    blocks: 2,
    width: 8,
    heads: 2,
    networks: 1,
    depths: [2, 4, 6, 8],
    updates: 2,
    rate: 1e-3,
  },
  learning: {
    ...SMALL_TEXT,
    sentences: 20,
    merges: 20,
    length: 8,
    blocks: 2,
    width: 8,
    heads: 2,
    networks: 1,
    layers: [1],
    rates: [1e-3],
    updates: 2,
  },
};
