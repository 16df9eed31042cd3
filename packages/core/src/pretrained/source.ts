import { check, checkRecord, SteadyformerError, show } from '../checks/errors';
import { decodeSafetensors, type NamedArray } from '../state/safetensors';

/** A checkpoint as Hugging Face's transformers writes it. */
export interface PretrainedSource {
  /** What its `config.json` holds. */
  readonly config: unknown;
  /** The tensors of `model.safetensors`, or of all its parts, by name. */
  readonly tensors: Readonly<Record<string, NamedArray>>;
}

export const CONFIG = 'config.json';
export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

/** JSON of a file's text. Throws, naming the file, on what is none. */
export const jsonOf = (bytes: Uint8Array, file: string): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new SteadyformerError(`${file}: it is not JSON, it was damaged; use another copy`);
  }
};

/** A part of a checkpoint lies beside its index: no path leads elsewhere. */
const PART = /^[\w][\w.-]*\.safetensors$/;

/** The files that an index of parts names, each once. Throws on what is no index. */
export const partsOf = (index: unknown, file: string = INDEX): readonly string[] => {
  const map = Object(index).weight_map as Readonly<Record<string, string>>;
  checkRecord(`${file}: weight_map`, map, 'file names by tensor');
  const parts = [...new Set(Object.values(map))];
  const odd = parts.find((part) => typeof part !== 'string' || !PART.test(part));
  check(
    odd === undefined && parts.length > 0,
    `${file}: weight_map`,
    odd ?? map,
    'names of .safetensors files beside it',
  );
  return parts;
};

/** All tensors of the parts. Throws where two hold one name. */
export const joinedParts = (
  parts: readonly (readonly [string, PretrainedSource['tensors']])[],
): PretrainedSource['tensors'] => {
  const all: Record<string, NamedArray> = Object.create(null);
  const foundIn = new Map<string, string>();
  for (const [file, tensors] of parts) {
    for (const [name, tensor] of Object.entries(tensors)) {
      const other = foundIn.get(name);
      if (other !== undefined)
        throw new SteadyformerError(
          `${file}: it holds '${name}', as does ${other}; use the files of one checkpoint`,
        );
      foundIn.set(name, file);
      all[name] = tensor;
    }
  }
  return all;
};

/** An error of a file of weights, named. */
export const namedError = (file: string, error: unknown): unknown =>
  error instanceof SteadyformerError && !error.message.includes(file)
    ? new SteadyformerError(`${file}: ${error.message}`, { cause: error })
    : error;

const decoded = (files: Readonly<Record<string, Uint8Array>>, name: string): PretrainedSource['tensors'] => {
  try {
    return decodeSafetensors(bytesOf(files, name)).tensors;
  } catch (error) {
    throw namedError(name, error);
  }
};

const bytesOf = (files: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array => {
  const bytes = Object.hasOwn(files, name) ? files[name] : undefined;
  if (bytes instanceof Uint8Array) return bytes;
  throw missing(
    name,
    Object.keys(files).map((each) => show(each)),
  );
};

/** What is said where a file of a checkpoint is not there. */
export const missing = (name: string, found: readonly string[]): SteadyformerError => {
  const hint =
    name === WEIGHTS
      ? ` Nor ${INDEX}: weights of another form become it by save_pretrained of Hugging Face's transformers.`
      : '';
  return new SteadyformerError(
    `the checkpoint has no ${name}; it has ${found.slice(0, 8).join(', ') || 'no files'}.${hint}`,
  );
};

/**
 * A checkpoint from the bytes of its files, as a page gets them: `config.json` and `model.safetensors`, or
 * `model.safetensors.index.json` and the parts that it names. Weights of 16 bits are widened to float32. Other files are
 * not looked at. In Node `readPretrained` of the `./node` entry reads a folder, of any size.
 *
 * @throws SteadyformerError on a file that is missing or damaged, naming it
 */
export const decodePretrained = (files: Readonly<Record<string, Uint8Array>>): PretrainedSource => {
  checkRecord('decodePretrained() files', files, 'bytes by file name');
  const config = jsonOf(bytesOf(files, CONFIG), CONFIG);
  if (Object.hasOwn(files, WEIGHTS) || !Object.hasOwn(files, INDEX)) {
    return { config, tensors: decoded(files, WEIGHTS) };
  }
  const parts = partsOf(jsonOf(bytesOf(files, INDEX), INDEX));
  return { config, tensors: joinedParts(parts.map((name) => [name, decoded(files, name)] as const)) };
};
