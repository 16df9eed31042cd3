import { type ComputeType, SteadyformerError } from '@steadyformer/core';
import { type Translation, type Translator, translatorFrom } from '@steadyformer/translate';
import { ParallelTranslator } from '@steadyformer/translate/node';
import { loadUsable, naming } from '../checkpoints/found';
import { endTranslator, type Replicas, withReplicas } from '../translate/replicas';
import { type SearchChoice, searchOptionsOf } from '../translate/searchOptions';
import { Batcher } from './batcher';

/** A sentence to be translated, and the phrases that its translation has to contain. */
export interface ServedSentence {
  readonly text: string;
  readonly constraints: readonly string[];
}

/** What sentences have to have in common to be translated together. */
export interface ServedOptions {
  readonly search: SearchChoice;
  readonly alignments: boolean;
  readonly forbiddenPhrases: readonly string[];
}

/** Who waits for a model. */
type ModelBatcher = Batcher<ServedSentence, ServedOptions, Translation, string>;

/** A model, and those who wait for it. */
export interface ServedModel {
  readonly name: string;
  readonly translator: Translator;
  readonly batcher: ModelBatcher;
}

export interface BatchLimits {
  readonly maxBatch: number;
  readonly maxQueue: number;
  readonly wait: number;
}

const NAME = /^[\w.-]{1,64}$/u;

/**
 * The folders of models by the names they are asked for: those of `name=folder`, else that of the folder.
 *
 * @throws SteadyformerError where a name has other characters than a URL takes, or two are the same
 */
export const namedFolders = (args: readonly string[]): ReadonlyMap<string, string> => {
  const named = new Map<string, string>();
  for (const arg of args) {
    const [, name, path] = /^([^=/\\]+)=(.+)$/u.exec(arg) ?? [];
    const folder = path ?? arg;
    const last = folder
      .split(/[\\/]/u)
      .filter((part) => part !== '' && part !== '.' && part !== '..')
      .at(-1);
    const chosen = name ?? last ?? 'model';
    if (!NAME.test(chosen)) {
      throw new SteadyformerError(
        `model '${chosen}': allowed names of 1 to 64 letters, digits and . _ -; name it, as in english-german=${folder}`,
      );
    }
    if (named.has(chosen)) {
      throw new SteadyformerError(
        `model '${chosen}': two have this name; give each its own, as in other=${folder}`,
      );
    }
    named.set(chosen, folder);
  }
  return named;
};

/** A translator behind a queue. */
export const servedModel = (
  name: string,
  translator: Translator,
  { computeType, ...limits }: BatchLimits & { readonly computeType: ComputeType },
  onBatch: (batch: { readonly items: number; readonly milliseconds: number }) => void = () => {},
): ServedModel => {
  const batcher: ModelBatcher = new Batcher({
    ...limits,
    atATime: translator instanceof ParallelTranslator ? translator.threads : 1,
    onBatch,
    run: (sentences, { search, alignments, forbiddenPhrases }, signal, onPartial) =>
      translator.translate(
        sentences.map(({ text }) => text),
        {
          ...searchOptionsOf(search),
          computeType,
          signal,
          ...(alignments ? { alignments: 'all' } : {}),
          ...(forbiddenPhrases.length > 0 ? { forbiddenPhrases } : {}),
          ...(sentences.some(({ constraints }) => constraints.length > 0)
            ? { constraints: sentences.map(({ constraints }) => constraints) }
            : {}),
          ...(onPartial ? { onPartial: ({ index, text }) => onPartial(index, text) } : {}),
        },
      ),
  });
  return { name, translator, batcher };
};

/**
 * Loads a model, with its threads, and has it say something: one that cannot is better known before it is asked.
 *
 * @throws SteadyformerError where it cannot; the signal's reason
 */
export const loadModel = async (
  folder: string,
  { replicas, computeType }: { readonly replicas: Replicas; readonly computeType: ComputeType },
  signal: AbortSignal,
): Promise<Translator> => {
  const { checkpoint } = await loadUsable(folder, 'transformer');
  return naming(folder, async () => {
    let translator = translatorFrom(checkpoint);
    try {
      translator = await withReplicas(translator, replicas, { signal });
      await translator.translate(['a'], {
        beamSize: 1,
        maxLength: () => 2,
        computeType,
      });
      return translator;
    } catch (error) {
      await endTranslator(translator);
      throw error;
    }
  });
};
