import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { SteadyformerError, show } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import type { VegaLiteSpec } from '@steadyformer/analysis';
import { toPng, toSvg } from '../figures/render';
import { type Cell, csv } from './table';

/** What a command found, in all the forms it can be written. */
export interface CommandResult {
  /** For people. */
  readonly text: string;
  readonly headers: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** All data, with what is needed to make them again. */
  readonly json: unknown;
  readonly figure?: VegaLiteSpec;
}

const WHY: Readonly<Record<string, string>> = {
  EACCES: 'its permissions forbid it',
  EEXIST: 'its folder is a file',
  EISDIR: 'it is a folder',
  ENAMETOOLONG: 'its name is too long',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'its folder is a file',
};

const KINDS = ['.json', '.csv', '.svg', '.png'];

/** Throws where a file name says no kind that can be written; so nothing is computed in vain. */
export const checkOutputs = (files: readonly string[]): void => {
  const odd = files.find((file) => !KINDS.includes(extname(file)));
  if (odd === undefined) return;
  throw new SteadyformerError(
    `--out ${show(odd)}: the name must end in ${KINDS.join(', ')}, which says what is written`,
  );
};

/** Writes a result to files, each whole or not at all. */
export const writeOutputs = async (files: readonly string[], result: CommandResult): Promise<void> => {
  const drawn = files.find((file) => ['.svg', '.png'].includes(extname(file)));
  if (drawn !== undefined && !result.figure) {
    throw new SteadyformerError(
      `--out ${drawn}: the figure shows gradients, which need a config of the first model; name it with --config`,
    );
  }
  for (const file of files) {
    const content = await contentOf(extname(file), result);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomic(file, content);
    } catch (error) {
      if (error instanceof SteadyformerError) throw error;
      const code = String((error as NodeJS.ErrnoException).code ?? error);
      const why = WHY[code] ?? code;
      throw new SteadyformerError(`--out ${show(file)}: the file cannot be written, ${why}; name another`);
    }
  }
};

const contentOf = async (kind: string, result: CommandResult): Promise<string | Uint8Array> => {
  switch (kind) {
    case '.json':
      return `${JSON.stringify(result.json, null, 2)}\n`;
    case '.csv':
      return csv(result.headers, result.rows);
    default: {
      const svg = await toSvg(result.figure ?? {});
      return kind === '.svg' ? svg : toPng(svg);
    }
  }
};
