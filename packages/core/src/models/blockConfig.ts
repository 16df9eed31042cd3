import { check, checkOptions, checkRecord, entryOf } from '../checks/errors';
import { checkFields, type Fields } from '../checks/fields';
import { checkName, type SubLayerSpec } from '../residual/branch';
import type { StackName } from '../residual/place';
import { BLOCK_MODULES, type BlockOptions } from './blocks';

/** One sub-layer of a block as JSON. */
export interface SubLayerConfig {
  /** Its name in paths. */
  readonly name: string;
  /** 'selfAttention', 'crossAttention', 'feedForward' or one of the user's own modules. Default: the name. */
  readonly module?: string;
  /** Handed to the user's own module. */
  readonly options?: Readonly<Record<string, unknown>>;
}

/** Makes the maker of a branch from its JSON options. */
export type BranchFactory = (options: Readonly<Record<string, unknown>>) => SubLayerSpec['branch'];

/** A block as an option: a bare name stands for `{ name }`. */
export type BlockEntries = readonly (string | SubLayerConfig)[];

export const blockConfig = (entries: BlockEntries): readonly SubLayerConfig[] =>
  // What is no list is for `checkBlock` to say.
  Array.isArray(entries)
    ? entries.map((entry) => (typeof entry === 'string' ? { name: entry } : entry))
    : (entries as readonly SubLayerConfig[]);

/** Throws unless it is a list of sub-layers as a config holds them. */
export const checkBlock = (entries: readonly SubLayerConfig[], stack: string): void => {
  const where = `block of the ${stack}`;
  const allowed = 'names or { name, module, options }';
  check(Array.isArray(entries) && entries.length > 0, where, entries, allowed);
  const entry: Fields = {
    name: checkName,
    'module?': checkName,
    'options?': (what, value) => checkRecord(what, value, 'an object'),
  };
  for (const each of entries) checkFields(each, entry, where);
};

/** The sub-layers of a block from its config. Throws on an unknown module, naming the nearest. */
export const blockFrom = (
  config: readonly SubLayerConfig[],
  stack: StackName,
  built: BlockOptions,
  own: Readonly<Record<string, BranchFactory>>,
): SubLayerSpec[] =>
  config.map(({ name, module = name, options = {} }) => {
    const where = `${module} in the block of the ${stack}`;
    if (Object.hasOwn(own, module)) {
      const make = own[module]!;
      const allowed = '(options) => (site) => branch';
      check(typeof make === 'function', `modules.${module}`, make, allowed);
      const branch = make(options);
      check(typeof branch === 'function', `modules.${module}()`, branch, allowed);
      return { name, kind: module, branch };
    }
    const known: Readonly<Record<string, unknown>> = { ...BLOCK_MODULES, ...own };
    const next = ` In the block of the ${stack}; name your own in { modules }.`;
    const make = entryOf(known, module, 'module', next) as (typeof BLOCK_MODULES)[string];
    checkOptions(options, [], where);
    return { ...make(built, stack === 'decoder'), name, kind: module };
  });
