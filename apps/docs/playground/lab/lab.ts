import { NotFiniteUpdate } from '@steadyformer/translate';
import { failureOf } from '../failure';
import type { Reply, Request } from '../protocol';
import { type ChosenBackend, chooseBackend } from './backends';
import { type Corpus, openCorpus } from './corpus';
import { measure } from './measure';
import { TrainingSession } from './session';

type Of<Kind extends Request['kind']> = Extract<Request, { kind: Kind }>;

/** What a lab is asked: all but theory, which needs no tensors. */
export type LabRequest = Of<'measure' | 'train' | 'continue' | 'translate' | 'stop'>;

const sooner = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/**
 * Measures and trains one model in a worker of its own. One thing at a time: what is asked during training waits for the
 * update at work. `stop` is heard between updates.
 */
export class Lab {
  private readonly post: (reply: Reply) => void;
  private readonly choose: typeof chooseBackend;
  private backend: Promise<ChosenBackend> | undefined;
  private corpus: Corpus | undefined;
  private session: TrainingSession | undefined;
  /** The measuring or training that goes on; a later one takes its place. */
  private running = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(post: (reply: Reply) => void, choose: typeof chooseBackend = chooseBackend) {
    this.post = post;
    this.choose = choose;
  }

  /** Never rejects: what goes wrong is a reply. */
  async handle(request: LabRequest): Promise<void> {
    if (request.kind === 'stop') {
      this.running = 0;
      return;
    }
    try {
      await this.answer(request);
    } catch (error) {
      this.post({ kind: 'failed', id: request.id, failure: failureOf(error) });
    }
  }

  private answer(request: Exclude<LabRequest, { kind: 'stop' }>): Promise<void> {
    switch (request.kind) {
      case 'measure':
        return this.measure(request);
      case 'train':
        return this.train(request);
      case 'continue':
        return this.update(request);
      case 'translate':
        return this.translate(request);
    }
  }

  private async measure({ id, choice, seed, backend }: Of<'measure'>): Promise<void> {
    this.running = id;
    await this.start(id, backend);
    const networks = measure(choice, seed);
    while (this.running === id) {
      const { value, done } = await this.inTurn(() => networks.next());
      if (done) {
        this.post({ kind: 'ended', id, why: 'done' });
        return;
      }
      this.post({ kind: 'measured', id, points: value });
      await sooner();
    }
    this.post({ kind: 'ended', id, why: 'stopped' });
  }

  private async train({ id, setup, updates, backend }: Of<'train'>): Promise<void> {
    this.running = id;
    await this.start(id, backend);
    this.post({ kind: 'status', id, text: 'building the model' });
    await this.inTurn(async () => {
      await this.session?.dispose();
      this.session = undefined;
      this.corpus ??= openCorpus();
      this.session = await TrainingSession.open(setup, this.corpus);
      this.post({ kind: 'built', id, parameters: this.session.parameters, unigram: this.corpus.unigram });
    });
    await sooner();
    await this.update({ id, updates, kind: 'continue' }, this.running === id);
  }

  private async update({ id, updates }: Of<'continue'>, goesOn = true): Promise<void> {
    if (goesOn) this.running = id;
    for (let done = 0; done < updates && this.running === id; done++) {
      try {
        const figures = await this.inTurn(() => this.opened().step());
        this.post({ kind: 'step', id, figures });
      } catch (error) {
        if (!(error instanceof NotFiniteUpdate)) throw error;
        this.post({ kind: 'ended', id, why: 'diverged', message: error.message });
        return;
      }
    }
    this.post({ kind: 'ended', id, why: this.running === id ? 'done' : 'stopped' });
  }

  private async translate({ id, text }: Of<'translate'>): Promise<void> {
    this.post({ kind: 'translated', id, text: await this.inTurn(() => this.opened().translate(text)) });
  }

  private opened(): TrainingSession {
    if (!this.session) throw new Error('no model is trained yet: press Train');
    return this.session;
  }

  /** The backend of the worker: the first that was asked for. */
  private async start(id: number, wanted: Parameters<typeof chooseBackend>[0]): Promise<void> {
    this.post({ kind: 'status', id, text: 'loading' });
    this.backend ??= this.choose(wanted);
    this.post({ kind: 'backend', id, ...(await this.backend) });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.turn.then(work);
    this.turn = result.catch(() => {});
    return result;
  }
}
