import { BLOCK_MODULES, type BlockOptions } from './blocks';
import type { SubLayerSpec } from './branch';
import { checkOptions, nearest, SteadyformerError } from './errors';
import type { StackName } from './residual/place';

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

export const blockConfig = (entries: BlockEntries): SubLayerConfig[] =>
  entries.map((entry) => (typeof entry === 'string' ? { name: entry } : entry));

/** The sub-layers of a block from its config. Throws on an unknown module, naming the nearest. */
export const blockFrom = (
  config: readonly SubLayerConfig[],
  stack: StackName,
  built: BlockOptions,
  own: Readonly<Record<string, BranchFactory>>,
): SubLayerSpec[] =>
  config.map((entry) => {
    checkOptions(entry, ['name', 'module', 'options'], `block of the ${stack}`);
    const { name, module = name, options = {} } = entry;
    const make = own[module];
    if (make) return { name, kind: module, branch: make(options) };
    const ours = BLOCK_MODULES[module];
    if (ours) {
      checkOptions(options, [], `${module} in the block of the ${stack}`);
      return { ...ours(built, stack === 'decoder'), name, kind: module };
    }
    const known = [...Object.keys(BLOCK_MODULES), ...Object.keys(own)];
    throw new SteadyformerError(
      `block of the ${stack}: unknown module '${module}', did you mean '${nearest(module, known)}'? ` +
        `Allowed: ${known.join(', ')}. Name your own in { modules }.`,
    );
  });
