import { fromConfig, loadStateDict, type Summary, type SummaryRow, summary } from '@steadyformer/core';
import type { Bpe, Checkpoint, Vocabularies } from '@steadyformer/translate';
import type { FoundCheckpoint } from './found';

/** The omega of a sub-layer as it is, beside the one it was initialized with. */
export interface InspectedOmega {
  readonly path: string;
  readonly mean: number;
  /** Standard deviation over the features. */
  readonly deviation: number;
  /** By the checkpoint's profile; null where it has none of this sub-layer. */
  readonly profiled: number | null;
}

/** All that a checkpoint says of itself but its arrays, as JSON. */
export interface Inspected {
  readonly folder: string;
  readonly role: FoundCheckpoint['role'] | null;
  readonly metric: number | null;
  /** Whose checksums were compared, and are right. */
  readonly verified: readonly string[];
  readonly config: Checkpoint['config'];
  readonly summary: Omit<Summary, 'weights'>;
  readonly omegas: readonly InspectedOmega[];
  readonly vocabulary: {
    readonly shared: boolean;
    readonly source: VocabularySizes;
    readonly target: VocabularySizes;
  };
  /** What it was trained by and with, where it can go on; null for a model for use only. */
  readonly training: {
    readonly updates: number;
    readonly rule: object;
    readonly position: object;
    readonly average: { readonly updates: number } | null;
    readonly settings: object | null;
    readonly run: object | null;
  } | null;
  /** How omega was profiled: all but the branches; null where it was not. */
  readonly profile: Readonly<Record<string, unknown>> | null;
}

export interface VocabularySizes {
  /** Special tokens included. */
  readonly tokens: number;
  readonly merges: number;
  readonly preTokenizer: string;
}

const sizesOf = ({ size, model }: Bpe): VocabularySizes => ({
  tokens: size,
  merges: model.merges.length,
  preTokenizer: model.preTokenizer,
});

const vocabularyOf = (vocabulary: Bpe | Vocabularies): Inspected['vocabulary'] => {
  const shared = !('source' in vocabulary);
  const { source, target } = shared ? { source: vocabulary, target: vocabulary } : vocabulary;
  return { shared, source: sizesOf(source), target: sizesOf(target) };
};

const trainingOf = ({ training }: Checkpoint): Inspected['training'] => {
  if (!training) return null;
  const { rule, position, optimizer, average, settings = null, run = null } = training;
  const { updates } = optimizer;
  const { name, options } = rule;
  return {
    updates,
    rule: { name, ...(options ? { options } : {}) },
    position,
    average: average ? { updates: average.updates } : null,
    settings,
    run,
  };
};

const omegasOf = (rows: readonly SummaryRow[], { profile }: Checkpoint): InspectedOmega[] => {
  const profiled = new Map(
    Object.values(profile?.stacks ?? {}).flatMap((branches) =>
      branches.map(({ path, omega }) => [path, omega] as const),
    ),
  );
  return rows.flatMap(({ path, omega }) =>
    omega
      ? [{ path, mean: omega.mean, deviation: omega.deviation, profiled: profiled.get(path) ?? null }]
      : [],
  );
};

/** Looks at a checkpoint. @throws SteadyformerError where its config makes no model that these weights fit */
export const inspect = async ({ folder, checkpoint, role, metric }: FoundCheckpoint): Promise<Inspected> => {
  const { config, parameters, vocabulary, training, profile } = checkpoint;
  const model = fromConfig(config);
  try {
    loadStateDict(model, parameters);
    const { weights: _, ...found } = await summary(model);
    const { stacks: __, ...profiledBy } = profile ?? {};
    return {
      folder,
      role: role ?? null,
      metric: metric ?? null,
      verified: ['checkpoint.json', 'model.safetensors', ...(training ? ['optimizer.safetensors'] : [])],
      config,
      summary: found,
      omegas: omegasOf(found.rows, checkpoint),
      vocabulary: vocabularyOf(vocabulary),
      training: trainingOf(checkpoint),
      profile: profile ? profiledBy : null,
    };
  } finally {
    model.dispose();
  }
};
