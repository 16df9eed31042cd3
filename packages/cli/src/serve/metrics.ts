import type { ServedModel } from './models';

/** What is counted of a server. */
export interface Metrics {
  readonly request: (route: string, status: number, seconds: number) => void;
  readonly batch: (model: string, batch: { readonly items: number; readonly milliseconds: number }) => void;
  /** All of it in Prometheus's text form. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
}

/** Counters of one server, and Node's own. */
export const makeMetrics = async (models: () => readonly ServedModel[]): Promise<Metrics> => {
  const { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } = (await import('prom-client'))
    .default;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const named = (name: string, help: string) => ({ name: `steadyformer_${name}`, help, registers });
  const requests = new Counter({
    ...named('requests_total', 'Requests by route and status.'),
    labelNames: ['route', 'status'],
  });
  const seconds = new Histogram({
    ...named('request_seconds', 'Time from a request to the end of its answer.'),
    labelNames: ['route'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const texts = new Counter({
    ...named('translated_texts_total', 'Texts, or lines of them, that were translated.'),
    labelNames: ['model'],
  });
  const sizes = new Histogram({
    ...named('batch_texts', 'Texts of a batch.'),
    labelNames: ['model'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
  });
  const batchSeconds = new Histogram({
    ...named('batch_seconds', 'Time that a batch took.'),
    labelNames: ['model'],
    buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  new Gauge({
    ...named('waiting_texts', 'Texts that wait for a batch.'),
    labelNames: ['model'],
    collect() {
      for (const { name, batcher } of models()) this.set({ model: name }, batcher.waiting);
    },
  });
  return {
    request: (route, status, taken) => {
      requests.inc({ route, status });
      seconds.observe({ route }, taken);
    },
    batch: (model, { items, milliseconds }) => {
      texts.inc({ model }, items);
      sizes.observe({ model }, items);
      batchSeconds.observe({ model }, milliseconds / 1000);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
};
