import { mkdir } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { VegaLiteSpec } from '@steadyformer/analysis';
import { SteadyformerError, show } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import { toPng, toSvg } from '../figures/render';
import { fileReason } from '../program/fileReason';
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

/** Throws where a figure is wanted and there is none. */
const checkFigure = (files: readonly string[], { figure }: CommandResult): void => {
  const drawn = files.find((file) => ['.svg', '.png'].includes(extname(file)));
  if (drawn === undefined || figure) return;
  throw new SteadyformerError(
    `--out ${drawn}: the figure shows gradients, which need a config of the first model; name it with --config`,
  );
};

/**
 * Writes a result to files, each whole or not at all.
 *
 * @param shown called once it is known that there is something to write to each
 */
export const writeOutputs = async (
  files: readonly string[],
  result: CommandResult,
  shown: () => void,
): Promise<void> => {
  checkFigure(files, result);
  shown();
  for (const file of files) {
    const content = await contentOf(extname(file), result);
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFileAtomic(file, content);
    } catch (error) {
      if (error instanceof SteadyformerError) throw error;
      throw new SteadyformerError(
        `--out ${show(file)}: the file cannot be written, ${fileReason(error)}; name another`,
      );
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
      return kind === '.svg' ? svg : await toPng(svg);
    }
  }
};
