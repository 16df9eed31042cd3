import { measureBranches, type Perturbation, predict } from '@steadyformer/analysis';
import { SteadyformerError } from '@steadyformer/core';
import { type ChangesAt, GRADIENT, NOTHING, SIGN, together } from './change';
import { short, type TheoryPoint } from './points';
import type { Networks, StartSize } from './sizes';
import { startNetwork } from './startNetwork';

/** Raised where the theory's own arithmetic changes: cells of an earlier one are then measured anew. */
export const THEORY = 3;

/** Changes of one network by theorem 2 and its coherent form, from the variances of its branches. */
const predictNetwork = async (
  name: string,
  size: StartSize,
  depth: number,
  seed: number,
): Promise<ChangesAt> => {
  const { model, ids } = await startNetwork(name, size, depth, seed);
  try {
    const branches = await measureBranches(model, ids);
    const ends = async (perturbation: Perturbation): Promise<[number | null, number | null]> => {
      const { encoder } = await predict(model, { ...branches, perturbation });
      return [short(encoder!.inputChange), short(encoder!.outputChange[depth - 1]!.change)];
    };
    const [randomInput, random] = await ends({ kind: 'sign', size: SIGN, embedding: true });
    const [alignedInput, aligned] = await ends({ kind: 'aligned', size: GRADIENT, embedding: true });
    return { randomInput, random, alignedInput, aligned };
  } catch (error) {
    // Theory knows no form of the method's branches or norms, or numbers overflow.
    if (error instanceof SteadyformerError) return NOTHING;
    throw error;
  } finally {
    model.dispose();
    ids.dispose();
  }
};

/** What theory says of the very networks that are measured at their start. */
export const measureTheory = async (
  name: string,
  size: StartSize & Networks,
  log: (line: string) => void,
): Promise<Pick<TheoryPoint, 'depths' | 'networks'>> => {
  const networks: TheoryPoint['networks'] = [];
  for (let seed = 1; seed <= size.networks; seed++) {
    const at: ChangesAt[] = [];
    for (const depth of size.depths) at.push(await predictNetwork(name, size, depth, seed));
    networks.push({ seed, ...together(at) });
  }
  log(`${name}: theory of ${size.networks} networks`);
  return { depths: [...size.depths], networks };
};
