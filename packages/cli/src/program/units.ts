import { InvalidArgumentError } from 'commander';

const PREFIXES = { '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12 } as const;

/** A link's speed, such as 10Gb (bits) or 1.25GB (bytes), a second, in bytes a second. */
export const bandwidth = (text: string): number => {
  const [, digits = '', prefix = '', unit = ''] =
    /^(\d+(?:\.\d+)?) ?([kMGT]?)(bit|b|B)(?:\/s|ps)?$/u.exec(text.trim()) ?? [];
  const value = Number(digits) * PREFIXES[prefix as keyof typeof PREFIXES];
  if (digits === '' || !(value > 0)) {
    throw new InvalidArgumentError('allowed: bits or bytes a second above 0, such as 10Gb, 100Mb or 1.25GB.');
  }
  return unit === 'B' ? value : value / 8;
};

const SECONDS = { s: 1, ms: 1e-3, us: 1e-6, µs: 1e-6, ns: 1e-9 } as const;

/** A time, such as 50us or 2ms, in seconds. */
export const duration = (text: string): number => {
  const [, digits = '', unit = ''] = /^(\d+(?:\.\d+)?) ?(s|ms|us|µs|ns)$/u.exec(text.trim()) ?? [];
  if (digits === '') throw new InvalidArgumentError('allowed: a time, such as 50us, 2ms or 0.1s.');
  return Number(digits) * SECONDS[unit as keyof typeof SECONDS];
};
