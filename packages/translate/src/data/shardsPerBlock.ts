/** Shards in memory at a time, where nobody says how many. */
export const SHARDS_PER_BLOCK = 8;
