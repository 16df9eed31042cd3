import { availableParallelism, loadavg } from 'node:os';
import { messageOf } from '../errors';
import type { Ffi } from '../ort/ffi';
import type { Runtime } from '../ort/runtime';
import { checkBlas } from './check';
import { type Blas, loadBlas } from './library';
import { blasCandidates } from './locate';
import { probe, type Ratios } from './probe';
import { FORMS, type Form } from './product';
import { Verdicts, verdictKey } from './verdicts';

/** A library that is there and is not used. */
export interface PassedOver {
  readonly file: string;
  readonly reason: string;
}

/** What multiplies beside ONNX Runtime. */
export interface BlasChoice {
  readonly blas?: Blas;
  /** How many times as fast as ONNX Runtime it is, by number of threads. */
  readonly ratios: ReadonlyMap<number, Ratios>;
  /** Whether a product of this form, on so many threads, is the BLAS's; `least` is the smallest of its three sizes. */
  readonly takes: (form: Form, threads: number, least: number) => boolean;
  readonly passedOver: readonly PassedOver[];
}

/** What the choice is made with. */
export interface Means {
  readonly candidates: () => readonly string[];
  readonly load: (path: string) => Blas;
  readonly check: (blas: Blas) => void;
  readonly measure: (blas: Blas, threads: number) => Ratios;
  readonly verdicts: Pick<Verdicts, 'get' | 'put'>;
  readonly key: (path: string, threads: number) => string;
}

/** From this on a BLAS counts as faster: below it a measurement of some milliseconds does not tell. */
const FASTER = 1.1;

/** Thinner products, as in decoding, wait for memory: what was measured says nothing of them. */
const THIN = 64;

/** ONNX Runtime alone. */
export const noBlas = (passedOver: readonly PassedOver[] = []): BlasChoice => ({
  ratios: new Map(),
  takes: () => false,
  passedOver,
});

const fasterForms = (ratios: Ratios): readonly Form[] => FORMS.filter((form) => ratios[form] >= FASTER);

const isFaster = (all: readonly Ratios[]): boolean => all.some((ratios) => fasterForms(ratios).length > 0);

const slower = (all: readonly Ratios[]): string => {
  const best = Math.max(...all.flatMap((ratios) => Object.values(ratios)));
  return `it is not faster than ONNX Runtime here (${best.toFixed(2)} times as fast at best)`;
};

/**
 * Chooses who multiplies.
 *
 * @param wish 'none'; 'auto', the first library found that is measured to be faster, for the forms in which it is; or
 * the path of one, which then makes every product
 * @param threads what a product may use; 1 is measured beside it, for small products and for threads of this process
 * @throws OnnxRuntimeError where the library that is named cannot be used
 */
export const chooseBlas = (wish: string, threads: number, means: Means): BlasChoice => {
  if (wish === 'none') return noBlas();
  const counts = [...new Set([1, threads])];
  const known = (path: string): Map<number, Ratios> => {
    const entries = counts.map((count) => [count, means.verdicts.get(means.key(path, count))] as const);
    return new Map(entries.filter((entry): entry is [number, Ratios] => entry[1] !== undefined));
  };
  const use = (path: string, ratios: Map<number, Ratios>): Blas => {
    const blas = means.load(path);
    means.check(blas);
    for (const count of counts) {
      if (ratios.has(count)) continue;
      const measured = means.measure(blas, count);
      means.verdicts.put(means.key(path, count), measured);
      ratios.set(count, measured);
    }
    return blas;
  };
  if (wish !== 'auto') {
    const ratios = known(wish);
    return { blas: use(wish, ratios), ratios, takes: () => true, passedOver: [] };
  }
  const passedOver: PassedOver[] = [];
  for (const file of means.candidates()) {
    try {
      const ratios = known(file);
      const all = (): readonly Ratios[] => [...ratios.values()];
      // One that was slower is not even loaded.
      const isKnownSlow = ratios.size === counts.length && !isFaster(all());
      const blas = isKnownSlow ? undefined : use(file, ratios);
      if (blas === undefined || !isFaster(all())) {
        passedOver.push({ file, reason: slower(all()) });
        continue;
      }
      const forms = new Map([...ratios].map(([count, each]) => [count, new Set(fasterForms(each))]));
      return {
        blas,
        ratios,
        takes: (form, count, least) => least >= THIN && forms.get(count)?.has(form) === true,
        passedOver,
      };
    } catch (thrown) {
      passedOver.push({ file, reason: messageOf(thrown) });
    }
  }
  return noBlas(passedOver);
};

/** The means of this machine. */
export const meansOf = (koffi: Ffi, runtime: Runtime, threads: number): Means => ({
  candidates: blasCandidates,
  load: (path) => loadBlas(koffi, path, threads),
  check: (blas) => checkBlas(blas, threads),
  measure: (blas, count) => probe(blas, runtime, count, loadavg()[0]! > availableParallelism() / 2),
  verdicts: new Verdicts(),
  key: (path, count) => verdictKey(path, runtime.library.version, count),
});
