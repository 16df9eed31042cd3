const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

const finish = (x: number): string => {
  let mixed = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return ((mixed ^ (mixed >>> 16)) >>> 0).toString(16).padStart(8, '0');
};

/**
 * 64 bits that tell lists of whole numbers (up to 2^53) apart, as 16 hexadecimal digits: for data that changed by
 * accident, not against forgery. The mixing steps are MurmurHash3's (A. Appleby), in two lanes.
 */
export const fingerprint = (lists: readonly ArrayLike<number>[]): string => {
  let a = 0x3c6ef372;
  let b = 0x1b56c4e9;
  const add = (word: number): void => {
    a = Math.imul(rotate(a ^ Math.imul(word, 0xcc9e2d51), 13), 5) + 0x6546b64;
    b = Math.imul(rotate(b ^ Math.imul(rotate(word, 15), 0x1b873593), 15), 9) + 0x2b3c5a7;
  };
  for (const list of lists) {
    add(list.length);
    for (let i = 0; i < list.length; i++) {
      const value = list[i]!;
      add(value);
      if (value >= 2 ** 31) add(Math.floor(value / 2 ** 32));
    }
  }
  return finish(a) + finish(b);
};
