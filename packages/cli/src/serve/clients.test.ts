import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { randomStream } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { type Answered, ask, type Served, sendSlowly, served } from '../../testing/server';

const LONG = process.env.STEADYFORMER_LONG === '1';
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

const CLIENTS = 200;
const ROUNDS = LONG ? 20 : 1;
const WORDS = ['a', 'small', 'test', 'of', 'words', 'last', 'most', 'so', 'wet', 'altar'];
const OPTIONS = { beam: 2, maxLength: 6 };

/** What a client is to see. */
type Check = () => Promise<void>;

const random = randomStream(7);
let drawn = 0;
const below = (n: number): number => Math.floor(random.uniformAt(drawn++) * n);
const POOL = Array.from({ length: 24 }, () =>
  Array.from({ length: 1 + below(6) }, () => WORDS[below(WORDS.length)]).join(' '),
);
const text = (): string => POOL[below(POOL.length)]!;

const near = (score: unknown, expected: number): void => expect(Number(score)).toBeCloseTo(expected, 4);

/** The right answers, each found alone. */
const expectAnswers = async (
  { alone }: Served,
  texts: readonly string[],
  body: Answered['body'],
): Promise<void> => {
  const translations = body.translations as { text: string; lines: { score: number }[] }[];
  expect(translations).toHaveLength(texts.length);
  for (const [i, each] of texts.entries()) {
    const expected = await alone(each);
    expect(translations[i]!.text).toBe(expected.text);
    near(translations[i]!.lines[0]!.score, expected.score);
  }
};

/** A client of each kind. Those that behave come first: half of all. */
const client = (served: Served, kind: number): Check => {
  const { url, port } = served;
  const texts = Array.from({ length: 1 + below(4) }, text);
  const body = { texts, options: OPTIONS };
  switch (kind) {
    case 0:
      // Malformed.
      return async () => {
        const { status, body: said } = await ask(url, JSON.stringify(body).slice(0, -1 - below(20)));
        expect([status, typeof said.error]).toEqual([400, 'string']);
      };
    case 1:
      // Oversized.
      return async () => {
        const { status, body: said } = await ask(url, { texts: ['x'.repeat(12_000)] });
        expect([status, said.received]).toEqual([413, '12000']);
      };
    case 2:
      // Larger than a body may be; the server may close before all is sent.
      return async () => {
        const answer = await ask(url, { text: 'x'.repeat(200_000) }).catch(() => undefined);
        if (answer) expect(answer.status).toBe(413);
      };
    case 3:
      // Gone before the answer is there.
      return async () => {
        const wait = below(30);
        const signal = AbortSignal.timeout(wait);
        await ask(url, body, { signal }).then(
          ({ body: said }) => expectAnswers(served, texts, said),
          (error: Error) => expect(error.name).toMatch(/TimeoutError|AbortError/),
        );
      };
    case 4:
      // Slow to send.
      return async () => {
        const json = JSON.stringify(body);
        const head = `POST /translate HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(json)}\r\n\r\n`;
        const said = await sendSlowly(
          port,
          [head.slice(0, 30), head.slice(30), ...(json.match(/.{1,20}/gsu) ?? [])],
          5,
        );
        await expectAnswers(served, texts, JSON.parse(said.slice(said.indexOf('\r\n\r\n'))));
      };
    case 5:
      // A stream of events.
      return async () => {
        const response = await fetch(`${url}/translate`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
          body: JSON.stringify(body),
        });
        const events = (await response.text())
          .split('\n\n')
          .filter((event) => event.startsWith('event'))
          .map((event) => /^event: (.*)\ndata: (.*)$/.exec(event)!.slice(1) as [string, string]);
        const whole = events.filter(([name]) => name !== 'partial');
        expect(whole.map(([name]) => name)).toEqual([...texts.map(() => 'translation'), 'done']);
        for (const [name, data] of events) {
          // What is said of a line by now is of a line that was sent.
          if (name === 'partial') expect(texts[JSON.parse(data).index]).toBeDefined();
        }
        for (const [, data] of whole.slice(0, -1)) {
          const { index, text: said, score } = JSON.parse(data);
          const expected = await served.alone(texts[index]!);
          expect(said).toBe(expected.text);
          near(score, expected.score);
        }
        await expectAnswers(served, texts, JSON.parse(events.at(-1)![1]));
      };
    default:
      return async () => {
        const { status, body: said } = await ask(url, body);
        expect(status).toBe(200);
        await expectAnswers(served, texts, said);
      };
  }
};

it(
  'answers 200 clients at a time, each with its own translations, whatever the others do',
  async () => {
    const here = await served();
    const usual = tf.memory().numTensors;
    const warned: string[] = [];
    const hear = (warning: Error): unknown => warned.push(warning.message);
    process.on('warning', hear);
    const heaps: number[] = [];
    try {
      // A swapped answer would be seen.
      const scores = await Promise.all(POOL.map(async (each) => (await here.alone(each)).score.toFixed(4)));
      expect(new Set(scores).size).toBeGreaterThan(0.8 * new Set(POOL).size);
      for (let round = 0; round < ROUNDS; round++) {
        const clients = Array.from({ length: CLIENTS }, (_, i) => client(here, i % 12));
        const ends = await Promise.allSettled(clients.map((check) => check()));
        for (const end of ends) if (end.status === 'rejected') throw end.reason;
        expect(here.models.map(({ batcher }) => [batcher.waiting, batcher.working])).toEqual([[0, 0]]);
        expect(tf.memory().numTensors).toBe(usual);
        collect();
        heaps.push(process.memoryUsage().heapUsed);
      }
      const health = await fetch(`${here.url}/health`);
      expect(await health.json()).toEqual({ status: 'ok' });
      expect(warned.filter((message) => message.includes('leak'))).toEqual([]);
      if (LONG) {
        // Flat: after the first rounds, which fill what is kept for good, the heap does not grow.
        expect(heaps.at(-1)! - heaps[4]!).toBeLessThan(8e6);
      }
    } finally {
      process.off('warning', hear);
      await here.close();
    }
  },
  LONG ? 600_000 : 60_000,
);
