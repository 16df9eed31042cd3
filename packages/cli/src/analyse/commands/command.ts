import type { ModelOptions } from '../options';
import { type Provenance, provenanceOf } from '../provenance';
import type { Architecture } from '../subject/architectures';

/** What the program hands to a command beside its options. */
export interface CommandContext {
  readonly progress: (line: string) => void;
  /** The command line, for the provenance. */
  readonly args: readonly string[];
}

/** The provenance of a command that looked at architectures. */
export const provenanceOfCommand = (
  args: readonly string[],
  options: Pick<ModelOptions, 'config' | 'model'> & { readonly data?: string },
  architectures: readonly Architecture[],
  computed = true,
): Promise<Provenance> =>
  provenanceOf({
    args,
    files: [...options.config, ...options.model, ...(options.data === undefined ? [] : [options.data])],
    configs: Object.fromEntries(architectures.map(({ name, config }) => [name, config])),
    computed,
  });
