import type { LibraryHandle } from 'koffi';

/** A C function, called with numbers and memory. */
export type Native = (...args: unknown[]) => unknown;

/** What koffi gives for a loaded library, as far as it is used here. */
export type Handle = Pick<LibraryHandle, 'func'>;

/** A function of the library, or undefined where it has none of that name. */
export const bind = (
  handle: Handle,
  name: string,
  result: string,
  args: readonly string[],
): Native | undefined => {
  try {
    return handle.func(name, result, [...args]) as Native;
  } catch {
    return undefined;
  }
};
