/** The special tokens, in fairseq's order; their ids are their indices. */
export const SPECIAL_TOKENS = ['<s>', '<pad>', '</s>', '<unk>'] as const;

/** Ids of the special tokens of every vocabulary of this package. */
export const SPECIAL_IDS = { bos: 0, pad: 1, eos: 2, unk: 3 } as const;
