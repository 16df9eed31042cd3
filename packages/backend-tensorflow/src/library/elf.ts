import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What the head of a shared library says of it. */
export interface ElfFile {
  /** As Node names architectures; undefined for one that Node has no name for here. */
  readonly arch: string | undefined;
  /** False where the file ends before its own table of sections: a copy or a download broke off. */
  readonly complete: boolean;
}

/** `e_machine` of the ELF specification. */
const MACHINES: ReadonlyMap<number, string> = new Map([
  [62, 'x64'],
  [183, 'arm64'],
]);
const MAGIC = 0x7f454c46;
const HEADER = 64;

/** Reads the header of a 64-bit little-endian ELF file; undefined where it is none. */
export const readElf = (path: string): ElfFile | undefined => {
  const header = Buffer.alloc(HEADER);
  const file = openSync(path, 'r');
  try {
    if (readSync(file, header, 0, HEADER, 0) < HEADER || header.readUInt32BE(0) !== MAGIC) return undefined;
  } finally {
    closeSync(file);
  }
  const sections = Number(header.readBigUInt64LE(40)) + header.readUInt16LE(58) * header.readUInt16LE(60);
  return { arch: MACHINES.get(header.readUInt16LE(18)), complete: statSync(path).size >= sections };
};
