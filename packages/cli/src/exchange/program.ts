import { selectBackend } from '@steadyformer/core';
import type { Checkpoint } from '@steadyformer/translate';
import { EXPORT_FORMATS, type ExportFormat, exportModel, importMarian } from '@steadyformer/translate/export';
import { saveCheckpoint } from '@steadyformer/translate/node';
import { type Command, Option } from 'commander';
import { naming } from '../checkpoints/found';
import { writeNewFolder } from '../output/newFolder';
import { checkNewFolder } from '../output/newOutput';
import { uninterrupted } from '../output/uninterrupted';
import type { CommandLine } from '../program/commandLine';
import { positiveWhole } from '../program/values';
import { chosenTranslator } from './chosen';
import { readMarianFolder } from './marianFolder';

interface WriteOptions {
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

const OUT = 'the folder to write to';
const FORCE = 'write to it although it is not empty';
const JSON_RESULT = 'print the result as JSON';

/** Adds `steadyformer export` and `import`. */
export const addExchange = (root: Command, line: CommandLine): void => {
  addExport(root, line);
  addImport(root, line);
};

const addExport = (root: Command, { streams }: CommandLine): Command =>
  root
    .command('export')
    .description('Write a translation model for another program: Hugging Face, CTranslate2, ONNX Runtime.')
    .argument('<folder>', "a checkpoint's folder, or a run's: the model it ended with")
    .addOption(
      new Option('--format <name>', 'what to write').choices([...EXPORT_FORMATS]).makeOptionMandatory(),
    )
    .requiredOption('-o, --out <folder>', OUT)
    .option('--max-length <tokens>', 'of the longest sentence it will see', positiveWhole, 1024)
    .option('--backend <name>', 'what computes, where there is something to fold', 'auto')
    .option('--force', FORCE)
    .option('--json', JSON_RESULT)
    .action(
      async (
        given: string,
        options: WriteOptions & {
          readonly format: ExportFormat;
          readonly maxLength: number;
          readonly backend: string;
        },
      ) => {
        const { format, maxLength, out, json } = options;
        await checkNewFolder(out, options);
        const { message } = await selectBackend(options.backend);
        const { folder, translator } = await chosenTranslator(given);
        const files = await naming(folder, () => exportModel(translator, { format, maxLength })).finally(() =>
          translator.model.dispose(),
        );
        streams.error(`${message}\n`);
        await uninterrupted(() => writeNewFolder(out, files));
        const sizes = Object.entries(files).map(([file, { length }]) => ({ file, bytes: length }));
        const said = sizes.map(({ file, bytes }) => `${file}  ${bytes.toLocaleString('en')} bytes`);
        const result = { exported: folder, format, folder: out, files: sizes };
        const text = [`exported ${folder} as ${format}`, ...said, `wrote ${out}`].join('\n');
        streams.out(`${json ? JSON.stringify(result) : text}\n`);
      },
    );

const imported = async (folder: string): Promise<Checkpoint> => {
  const files = await readMarianFolder(folder);
  return naming(folder, () => importMarian(files));
};

const addImport = (root: Command, { streams }: CommandLine): Command =>
  root
    .command('import')
    .description("Make a checkpoint of a folder of Hugging Face's Marian whose vocabulary is BPE.")
    .argument('<folder>', 'config.json, model.safetensors and tokenizer.json, as export writes them')
    .requiredOption('-o, --out <folder>', OUT)
    .option('--force', FORCE)
    .option('--json', JSON_RESULT)
    .action(async (folder: string, options: WriteOptions) => {
      await checkNewFolder(options.out, options);
      await selectBackend('cpu');
      const checkpoint = await imported(folder);
      await uninterrupted(() => saveCheckpoint(options.out, checkpoint));
      const { encoder, decoder, width } = checkpoint.config;
      const said = `a Post-LN model of ${encoder.depth} + ${decoder.depth} layers, width ${width}\nwrote ${options.out}`;
      const result = { imported: folder, folder: options.out, config: checkpoint.config };
      streams.out(`${options.json ? JSON.stringify(result) : said}\n`);
    });
