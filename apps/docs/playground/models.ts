import type { Growth } from '@steadyformer/analysis';
import { onMounted, onUnmounted, type Ref, reactive, shallowReactive, watch } from 'vue';
import { Client, type WorkerLike } from './client';
import type { Failure } from './failure';
import type { Theory } from './lab/theory';
import { type Choice, type MethodName, SIDES, type Side } from './methods';
import { UPDATES } from './sizes';
import type { PlaygroundState } from './state';
import { TheoryDesk } from './theoryDesk';
import { begun, heard, isTrained, NEW_VIEW, type View } from './view';

export interface Models {
  /** What theory says, for the choice it was asked of. */
  readonly theories: Readonly<Partial<Record<Side, { readonly choice: Choice; readonly theory: Theory }>>>;
  readonly growths: Readonly<Partial<Record<MethodName, Growth>>>;
  readonly views: Readonly<Record<Side, View>>;
  readonly trouble: { theory?: Failure };
  readonly measure: () => void;
  /** Anew, or with the models that are trained. */
  readonly train: (goOn: boolean) => void;
  readonly stop: () => void;
  readonly translate: (text: string) => void;
}

const makeWorker = (): WorkerLike =>
  new Worker(new URL('./lab/worker.ts', import.meta.url), { type: 'module' }) as WorkerLike;

/** Both models, each with a worker of its own, and a third worker for theory. */
export const useModels = (state: Ref<PlaygroundState>): Models => {
  const theories = shallowReactive<Partial<Record<Side, { choice: Choice; theory: Theory }>>>({});
  const growths = shallowReactive<Partial<Record<MethodName, Growth>>>({});
  const views = shallowReactive<Record<Side, View>>({ left: NEW_VIEW, right: NEW_VIEW });
  const trouble = reactive<{ theory?: Failure }>({});
  let id = 0;

  const theory = new Client(makeWorker, (reply) => {
    if (reply.kind === 'failed') trouble.theory = reply.failure;
    else delete trouble.theory;
    desk.hear(reply);
  });
  const desk: TheoryDesk = new TheoryDesk((request) => theory.send(request), {
    onTheory: (side, found) => {
      theories[side] = { choice: state.value[side], theory: found };
    },
    onGrowth: (method, growth) => {
      growths[method] = growth;
    },
  });
  const labOf = (side: Side): Client =>
    new Client(makeWorker, (reply) => {
      views[side] = heard(views[side], reply);
      if (reply.kind === 'ended' && wanted && isTrained(views[side])) ask(side);
    });
  const labs: Record<Side, Client> = { left: labOf('left'), right: labOf('right') };

  /** What is to be translated, again whenever training ends. */
  let wanted = '';
  const ask = (side: Side): void => labs[side].send({ kind: 'translate', id: ++id, text: wanted });

  const begin = (side: Side, what: Parameters<typeof begun>[2]): number => {
    views[side] = begun(views[side], ++id, what);
    return id;
  };
  const measure = (): void => {
    const { seed, backend } = state.value;
    for (const side of SIDES) {
      labs[side].send({
        kind: 'measure',
        id: begin(side, 'measure'),
        choice: state.value[side],
        seed,
        backend,
      });
    }
  };
  const train = (goOn: boolean): void => {
    const { rate, warmup, seed, backend } = state.value;
    for (const side of SIDES) {
      if (goOn && isTrained(views[side])) {
        labs[side].send({ kind: 'continue', id: begin(side, 'continue'), updates: UPDATES });
      } else {
        const setup = { ...state.value[side], rate, warmup, seed };
        labs[side].send({ kind: 'train', id: begin(side, 'train'), setup, updates: UPDATES, backend });
      }
    }
  };
  const stop = (): void => {
    for (const side of SIDES) labs[side].send({ kind: 'stop' });
  };
  const translate = (text: string): void => {
    wanted = text;
    for (const side of SIDES) if (isTrained(views[side])) ask(side);
  };

  onMounted(() => {
    watch(
      () => SIDES.map((side) => state.value[side]),
      (now, before) => {
        for (const [i, side] of SIDES.entries()) {
          if (JSON.stringify(now[i]) !== JSON.stringify(before?.[i])) desk.ask(side, now[i]!);
        }
      },
      { immediate: true },
    );
    // A model of other settings is another model.
    watch(state, (now, before) => {
      for (const side of SIDES) {
        const measuredOf = (one: PlaygroundState): string =>
          JSON.stringify([one[side], one.seed, one.backend]);
        const same = measuredOf(now) === measuredOf(before);
        if (same && now.rate === before.rate && now.warmup === before.warmup) continue;
        labs[side].end();
        views[side] = { ...NEW_VIEW, measured: same ? views[side].measured : [] };
      }
    });
  });
  onUnmounted(() => {
    for (const client of [theory, ...SIDES.map((side) => labs[side])]) client.end();
  });
  return { theories, growths, views, trouble, measure, train, stop, translate };
};
