import * as v from 'valibot';
import { check, checkOneOf, checkOptions, entryOf } from '../checks/errors';
import { anyRecord, type Entries, fields, parseAs, such } from '../checks/schema';
import { isName, NAMES, type SubLayerSpec } from '../residual/branch';
import type { ModelParts } from './parts';
import type { SubLayerParts } from './subLayers';

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

const subLayerName = (): v.GenericSchema<string> => such<string>(NAMES, isName);

/** Throws unless it is a list of sub-layers as a config holds them. */
export const checkBlock = (entries: readonly SubLayerConfig[], stack: string): void => {
  const where = `block of the ${stack}`;
  const allowed = 'names or { name, module, options }';
  check(Array.isArray(entries) && entries.length > 0, where, entries, allowed);
  const entry: Entries<SubLayerConfig> = {
    name: subLayerName(),
    module: v.optional(subLayerName()),
    options: v.optional(anyRecord()),
  };
  for (const each of entries) parseAs(fields(entry), each, where);
};

/**
 * The sub-layers of a block from its config. Cross-attention takes `{ reads }`, the stack whose output it reads: needed
 * where its own stack reads several. Throws on an unknown module, naming the nearest.
 */
export const blockFrom = (
  config: readonly SubLayerConfig[],
  stack: { readonly name: string; readonly reads: readonly string[] },
  built: SubLayerParts,
  { subLayers }: ModelParts,
  own: Readonly<Record<string, BranchFactory>>,
): SubLayerSpec[] =>
  config.map(({ name, module = name, options = {} }) => {
    const where = `${module} in the block of the ${stack.name}`;
    if (Object.hasOwn(own, module)) {
      const make = own[module]!;
      const allowed = '(options) => (site) => branch';
      check(typeof make === 'function', `modules.${module}`, make, allowed);
      const branch = make(options);
      check(typeof branch === 'function', `modules.${module}()`, branch, allowed);
      return { name, kind: module, branch };
    }
    const known: Readonly<Record<string, unknown>> = { ...subLayers, ...own };
    const next = ` In the block of the ${stack.name}; name your own in { modules }.`;
    const make = entryOf(known, module, 'module', next) as (typeof subLayers)[string];
    const spec = { ...make(built), name, kind: module };
    if (module !== 'crossAttention') {
      checkOptions(options, [], where);
      return spec;
    }
    checkOptions(options, ['reads'], where);
    const { reads } = options as { readonly reads?: string };
    // Of one stack's output there is no choice.
    if (reads !== undefined || stack.reads.length > 1) checkOneOf(`${where}, reads`, reads!, stack.reads);
    return reads === undefined ? spec : { ...spec, reads };
  });

/** The usual block of a stack: self-attention, attention to each stack that it reads, and feed-forward. */
export const usualBlock = (reads: readonly string[]): readonly SubLayerConfig[] => [
  { name: 'selfAttention' },
  ...(reads.length < 2
    ? reads.map(() => ({ name: 'crossAttention' }))
    : reads.map((stack) => ({
        name: `${stack}Attention`,
        module: 'crossAttention',
        options: { reads: stack },
      }))),
  { name: 'feedForward' },
];
