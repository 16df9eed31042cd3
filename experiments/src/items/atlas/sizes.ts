import type { TextSize } from '../../measure/text';
import type { Stage } from './points';

/** Networks at their start: encoders on tokens drawn from Zipf's law. */
export interface StartSize {
  readonly vocabulary: number;
  readonly sentences: number;
  readonly length: number;
  readonly width: number;
  readonly heads: number;
  /** N, residual branches; a network is built for each. */
  readonly depths: readonly number[];
  /** Depths and networks at which laziness is measured. */
  readonly lazy: { readonly depths: readonly number[]; readonly networks: number };
}

/** The same networks at another width. */
export interface WideSize extends Pick<StartSize, 'width' | 'heads' | 'depths'> {
  /** Networks of a point that are enough. */
  readonly most: number;
}

/** How many networks of a point. */
export interface Networks {
  readonly networks: number;
}

/** Language models on a corpus. */
export interface LanguageSize extends Omit<TextSize, 'maxTokens'> {
  /** Tokens of a block of text, and blocks of a batch. */
  readonly length: number;
  readonly blocks: number;
  readonly width: number;
  readonly heads: number;
  readonly updates: number;
}

export interface Size {
  /** Networks of a point that are enough, by stage; theory speaks of those at their start. */
  readonly most: Readonly<Record<Exclude<Stage, 'theory'>, number>>;
  /** Names of methods. Absent: all that core knows. */
  readonly methods?: readonly string[];
  readonly start: StartSize;
  /** Whether growth depends on width; laziness is measured at the width of `start` alone. */
  readonly wide: readonly WideSize[];
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
  most: { start: 5, trained: 2, learning: 2 },
  start: {
    vocabulary: 2004,
    sentences: 16,
    length: 64,
    width: 128,
    heads: 4,
    depths: [8, 12, 16, 32, 64, 128],
    lazy: { depths: [8, 32, 64], networks: 3 },
  },
  // Heads as wide as there.
  wide: [
    { width: 256, heads: 8, depths: [8, 16, 32, 64], most: 3 },
    { width: 512, heads: 16, depths: [8, 16, 32, 64], most: 2 },
  ],
  trained: {
    ...SMALL_TEXT,
    blocks: 8,
    width: 64,
    depths: [8, 16, 32, 64],
    updates: 100,
    rate: 1e-3,
  },
  learning: {
    ...SMALL_TEXT,
    blocks: 8,
    width: 32,
    layers: [6, 24],
    rates: [2e-3, 8e-3],
    updates: 300,
  },
};

/** Width 512, as the paper's base models. */
export const FULL: Size = {
  most: { start: 5, trained: 3, learning: 3 },
  start: { ...SMALL.start, width: 512, heads: 8 },
  wide: [{ width: 1024, heads: 16, depths: SMALL.start.depths, most: 5 }],
  trained: { ...SMALL.trained, blocks: 32, width: 256 },
  learning: { ...SMALL.learning, heads: 8, blocks: 32, width: 256, updates: 1000 },
};

/** The networks at their start of one of the widths. */
export const startAt = ({ start, wide }: Size, width: number): StartSize => {
  const own = wide.find((each) => each.width === width);
  if (!own) return start;
  const { heads, depths } = own;
  return { ...start, width, heads, depths, lazy: { depths: [], networks: 0 } };
};

/** Shows that it runs. */
export const MINUTE: Size = {
  most: { start: 2, trained: 1, learning: 1 },
  methods: ['postLN', 'admin', 'hyperConnections'],
  start: {
    vocabulary: 30,
    sentences: 2,
    length: 4,
    width: 8,
    heads: 2,
    depths: [2, 4, 6, 8],
    lazy: { depths: [4], networks: 1 },
  },
  wide: [{ width: 16, heads: 4, depths: [2, 4, 6, 8], most: 1 }],
  trained: {
    ...SMALL_TEXT,
    sentences: 20,
    merges: 20,
    length: 8,
    blocks: 2,
    width: 8,
    heads: 2,
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
    layers: [1],
    rates: [1e-3],
    updates: 2,
  },
};
