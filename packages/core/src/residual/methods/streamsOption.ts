import { check } from '../../checks/errors';

/** How many streams a method has, by its options: 4 by default. `where` is the method's call. */
export const streamsOption = (streams: number | undefined, where: string): number => {
  const n = streams ?? 4;
  check(Number.isInteger(n) && n >= 2 && n <= 64, `${where} streams`, n, 'whole numbers from 2 to 64');
  return n;
};
