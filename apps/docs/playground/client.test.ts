import { describe, expect, it } from 'vitest';
import { Client, type WorkerLike } from './client';
import type { Reply, Request } from './protocol';

class Fake implements WorkerLike {
  onmessage: WorkerLike['onmessage'] = null;
  onerror: WorkerLike['onerror'] = null;
  readonly received: Request[] = [];
  ended = false;
  postMessage(request: Request): void {
    this.received.push(request);
  }
  terminate(): void {
    this.ended = true;
  }
  say(reply: Reply): void {
    this.onmessage?.({ data: reply } as MessageEvent<Reply>);
  }
  crash(message: string): void {
    this.onerror?.({ message, preventDefault: () => {} } as ErrorEvent);
  }
}

const opened = () => {
  const workers: Fake[] = [];
  const heard: Reply[] = [];
  const client = new Client(
    () => {
      workers.push(new Fake());
      return workers.at(-1)!;
    },
    (reply) => heard.push(reply),
  );
  return { workers, heard, client };
};

const ask: Request = { kind: 'translate', id: 7, text: 'x' };

describe('a client', () => {
  it('starts its worker at the first request, not to stop it', () => {
    const { workers, client } = opened();
    client.send({ kind: 'stop' });
    expect(workers).toHaveLength(0);
    client.send(ask);
    client.send(ask);
    expect(workers).toHaveLength(1);
    expect(workers[0]!.received).toEqual([ask, ask]);
  });

  it.each([
    ['a crash', (worker: Fake) => worker.crash('boom'), { kind: 'crash', message: 'boom' }],
    [
      'a program that does not load',
      (worker: Fake) => worker.crash(''),
      { kind: 'crash', message: 'its program could not be loaded' },
    ],
    [
      'no memory',
      (worker: Fake) => worker.say({ kind: 'failed', id: 7, failure: { kind: 'memory', message: 'full' } }),
      { kind: 'memory', message: 'full' },
    ],
  ])('after %s says so, ends the worker and starts another', (_what, fail, failure) => {
    const { workers, heard, client } = opened();
    client.send(ask);
    fail(workers[0]!);
    expect(heard).toEqual([{ kind: 'failed', id: 7, failure }]);
    expect(workers[0]!.ended).toBe(true);
    workers[0]!.say({ kind: 'translated', id: 7, text: 'late' });
    workers[0]!.crash('again');
    expect(heard).toHaveLength(1);
    client.send(ask);
    expect(workers).toHaveLength(2);
    workers[1]!.say({ kind: 'translated', id: 7, text: 'y' });
    expect(heard).toHaveLength(2);
  });

  it('keeps a worker that says another failure', () => {
    const { workers, client } = opened();
    client.send(ask);
    workers[0]!.say({ kind: 'failed', id: 7, failure: { kind: 'other', message: 'no model' } });
    expect(workers[0]!.ended).toBe(false);
  });
});
