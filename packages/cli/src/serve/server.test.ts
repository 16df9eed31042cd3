import { randomStream } from '@steadyformer/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Served, sendSlowly, served } from '../../testing/server';

const OPTIONS = { beam: 2, maxLength: 6 };

describe('a server', () => {
  let here: Served;
  const records: Record<string, unknown>[] = [];
  beforeAll(async () => {
    here = await served({ log: (record) => records.push(record), cors: 'https://example.org' }, [
      'small',
      'other',
    ]);
  });
  afterAll(() => here.close());

  it('translates by the model that is named, the first one if none is', async () => {
    const options = { ...OPTIONS, nBest: 2 };
    const first = await ask(here.url, { text: 'small words\n\na test', options });
    expect([first.status, first.body.model]).toEqual([200, 'small']);
    const expected = await Promise.all(['small words', '', 'a test'].map((text) => here.alone(text)));
    const [{ text, lines }] = first.body.translations as [{ text: string; lines: object[] }];
    expect(text).toBe(expected.map((each) => each.text).join('\n'));
    expect(lines).toMatchObject(
      expected.map(({ hypotheses }) => ({ hypotheses: hypotheses.map(({ text }) => ({ text })) })),
    );
    const other = await ask(here.url, { text: 'small words', model: 'other', options: OPTIONS });
    expect(other.body.model).toBe('other');
    const scoreOf = ({ body }: typeof other): number =>
      (body.translations as { lines: { score: number }[] }[])[0]!.lines[0]!.score;
    expect(scoreOf(other)).not.toBeCloseTo(scoreOf(first), 3);
  });

  it('has in each text the phrases that were sent with it, and in none those that are forbidden', async () => {
    const options = { beam: 6, maxLength: 14 };
    const texts = ['small words', 'a test', 'of'];
    const { status, body } = await ask(here.url, {
      ...{ texts, options: { ...options, nBest: 3, alignments: true } },
      ...{ constraints: [['test', 'of a'], [], ['words words']], forbiddenPhrases: ['small'] },
    });
    expect(status).toBe(200);
    const lines = (
      body.translations as {
        lines: { alignment: number[][]; hypotheses: { text: string; alignment: number[][] }[] }[];
      }[]
    ).map((each) => each.lines[0]!);
    const has = (text: string, phrase: string): boolean => new RegExp(`(^|\\W)${phrase}(\\W|$)`).test(text);
    for (const [i, phrases] of [['test', 'of a'], [], ['words words']].entries()) {
      const { hypotheses, alignment } = lines[i]!;
      expect(alignment).toEqual(hypotheses[0]!.alignment);
      for (const { text, alignment: words } of hypotheses) {
        for (const phrase of phrases) expect(has(text, phrase), text).toBe(true);
        expect(has(text, 'small')).toBe(false);
        expect(words).toHaveLength(text.split(/\s+/).filter(Boolean).length);
      }
    }
    const one = await ask(here.url, { text: 'small words', constraints: ['test', 'of a'], options });
    expect(has((one.body.translations as { text: string }[])[0]!.text, 'of a')).toBe(true);
    const late = await ask(here.url, { text: 'of', constraints: ['x\u00e4'], options });
    expect(late.status).toBe(422);
    expect(late.body.error).toMatch(/^constraints of the text \('x\u00e4'\): received/);
    expect(late.body.next).toMatch(/Spell it with others/);
  });

  it('splits a text into sentences where that is asked for, and keeps what stands between them', async () => {
    const text = '  A test.  Of small words!\r\n\r\na';
    const asked = { ...OPTIONS, splitSentences: true, language: 'en' };
    const { body } = await ask(here.url, { text, options: asked });
    const said = await Promise.all(['A test.', 'Of small words!', 'a'].map((each) => here.alone(each)));
    const [one, two, three] = said.map((each) => each.text);
    expect(body.translations).toMatchObject([
      { text: `  ${one}  ${two}\r\n\r\n${three}`, lines: said.map((each) => ({ text: each.text })) },
    ]);
    const blank = await ask(here.url, { text: ' \n ', options: asked });
    expect(blank.body.translations).toEqual([{ text: ' \n ', lines: [] }]);
    // Too long for the model as a whole, and nothing of it is cut.
    const long = `A ${'test '.repeat(20)}of it. `.repeat(60);
    const options = { beam: 1, maxLength: 3 };
    expect((await ask(here.url, { text: long, options })).status).toBe(422);
    const parted = await ask(here.url, { text: long, options: { ...options, splitSentences: true } });
    expect(parted.status).toBe(200);
    expect((parted.body.translations as { lines: object[] }[])[0]!.lines).toHaveLength(60);
  });

  it('says how it is: health, readiness, metrics', async () => {
    expect(await (await fetch(`${here.url}/health`)).json()).toEqual({ status: 'ok' });
    expect(await (await fetch(`${here.url}/ready`)).json()).toEqual({
      ready: true,
      models: ['small', 'other'],
    });
    const metrics = await fetch(`${here.url}/metrics`);
    expect(metrics.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await metrics.text();
    expect(text).toMatch(/^steadyformer_requests_total\{route="\/translate",status="200"\} [2-9]$/m);
    expect(text).toMatch(/^steadyformer_waiting_texts\{model="small"\} 0$/m);
    expect(text).toMatch(/^nodejs_heap_size_used_bytes \d+$/m);
  });

  it('has a page that loads nothing from elsewhere', async () => {
    const page = await fetch(here.url);
    const html = await page.text();
    expect(html).toContain('<option>small</option><option>other</option>');
    expect(html.match(/(?:src|href)="(?!data:)/g)).toBeNull();
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'sha256-/);
  });

  it('lets pages of one origin ask', async () => {
    const preflight = await fetch(`${here.url}/translate`, { method: 'OPTIONS' });
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
      204,
      'https://example.org',
    ]);
  });

  it('logs each request as a record', () => {
    expect(records.find(({ url }) => url === '/translate')).toMatchObject({
      method: 'POST',
      status: 200,
      model: 'small',
      texts: 1,
      milliseconds: expect.any(Number),
    });
  });

  it.each<readonly [string, string, RequestInit, number, object]>([
    ['another method', '/translate', {}, 405, { allowed: 'POST' }],
    ['another path', '/v1/translate', {}, 404, { received: '/v1/translate' }],
    ['a form', '/translate', { method: 'POST', body: new URLSearchParams({ text: 'a' }) }, 415, {}],
    ['a text', '/translate', { method: 'POST', body: '{"text":"a"}' }, 415, { allowed: 'application/json' }],
    [
      'a long line',
      '/translate',
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ texts: ['a', 'test '.repeat(1100), 'b'] }),
      },
      422,
      {
        allowed: 'up to 1024, maxSourceLength',
        next: expect.stringMatching(/^Split the text into sentences, or send "splitSentences": true/),
      },
    ],
  ])('refuses %s as JSON', async (_, path, init, status, body) => {
    const response = await fetch(`${here.url}${path}`, init);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ status, error: expect.stringMatching(/\w/), ...body });
    expect(response.headers.get('content-type')).toMatch(/json/);
  });

  it('refuses 200 malformed requests, each with what is wrong, and never breaks', async () => {
    const random = randomStream(3);
    const good = JSON.stringify({
      texts: ['a small', 'test'],
      model: 'small',
      options: OPTIONS,
      stream: false,
    });
    const junk = [
      '',
      '{',
      '}',
      '[',
      '"',
      '\\',
      '\0',
      'null',
      '-1',
      '1e999',
      'é',
      ',',
      ':',
      '{}',
      '[]',
      '\ud800',
    ];
    let refused = 0;
    for (let i = 0; i < 200; i++) {
      const at = Math.floor(random.uniformAt(3 * i) * good.length);
      const cut = Math.floor(random.uniformAt(3 * i + 1) * 8);
      const put = junk[Math.floor(random.uniformAt(3 * i + 2) * junk.length)]!;
      const { status, body } = await ask(here.url, good.slice(0, at) + put + good.slice(at + cut));
      if (status === 200) continue;
      refused++;
      expect([400, 404]).toContain(status);
      expect(body).toMatchObject({
        status,
        error: expect.stringMatching(/\w/),
        next: expect.stringMatching(/\w/),
      });
      expect(JSON.stringify(body)).not.toContain('fault');
    }
    expect(refused).toBeGreaterThan(120);
    for (const bytes of ['\0\0\0\0\r\n\r\n', 'GET\r\n\r\n', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`]) {
      expect(await sendSlowly(here.port, [bytes], 0)).toMatch(/^HTTP\/1\.1 4\d\d /);
    }
    expect((await ask(here.url, good)).status).toBe(200);
  });
});

describe('a server under load', () => {
  it('answers 429 to more requests at a time than it takes, and 503 where the queue is full', async () => {
    const here = await served({ maxRequests: 2, wait: 1000 });
    const full = await served({ maxQueue: 2, maxBatch: 1 });
    try {
      const all = await Promise.all(
        Array.from({ length: 5 }, () => ask(here.url, { text: 'a', options: OPTIONS })),
      );
      const statuses = all.map(({ status }) => status).sort();
      expect(statuses).toEqual([200, 200, 429, 429, 429]);
      const many = all.find(({ status }) => status === 429)!;
      expect(many.headers.get('retry-after')).toBe('1');
      expect(many.body).toMatchObject({ received: '3', allowed: 'up to 2' });
      const queue = await ask(full.url, { texts: ['a', 'b', 'c'], options: OPTIONS });
      expect([queue.status, queue.headers.get('retry-after')]).toEqual([503, '2']);
      expect((await ask(full.url, { texts: ['a', 'b'], options: OPTIONS })).status).toBe(200);
    } finally {
      await here.close();
      await full.close();
    }
  });

  it('gives up what takes too long, in queue or at work, and does no more of it', async () => {
    const here = await served({ timeout: 300, maxBatch: 1, maxBeam: 64 });
    try {
      const slow = {
        texts: Array.from({ length: 60 }, () => 'a small test of words'),
        options: { beam: 16, maxLength: 500 },
      };
      const { status, body, headers } = await ask(here.url, slow);
      expect([status, headers.get('retry-after')]).toEqual([503, '5']);
      expect(body.error).toBe('the answer took more than 0.3 s');
      const [{ batcher }] = here.models as [Served['models'][0]];
      expect(batcher.waiting).toBe(0);
      await expect.poll(() => batcher.working, { timeout: 5000 }).toBe(0);
      // A body that never ends.
      const said = await sendSlowly(
        here.port,
        [
          'POST /translate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
        ],
        0,
      );
      expect(said).toMatch(/^HTTP\/1\.1 408 /);
    } finally {
      await here.close();
    }
  });

  it('leaves the queue with a client that goes away', async () => {
    const here = await served({ maxBatch: 1, maxBeam: 64 });
    try {
      const [{ batcher }] = here.models as [Served['models'][0]];
      const texts = Array.from({ length: 50 }, () => 'a small test of words');
      const gone = new AbortController();
      const asked = ask(here.url, { texts, options: { beam: 8, maxLength: 100 } }, { signal: gone.signal });
      const caught = asked.catch((error: Error) => error.name);
      await expect.poll(() => batcher.waiting, { timeout: 5000 }).toBeGreaterThan(0);
      gone.abort();
      expect(await caught).toBe('AbortError');
      await expect.poll(() => batcher.waiting + batcher.working, { timeout: 5000 }).toBe(0);
      expect((await ask(here.url, { text: 'a', options: OPTIONS })).status).toBe(200);
    } finally {
      await here.close();
    }
  });
});

describe('the end of a server', () => {
  it('finishes what is in flight and refuses what is new', async () => {
    const here = await served({ wait: 300 });
    const asked = ask(here.url, { text: 'a small test', options: OPTIONS });
    await expect.poll(() => here.models[0]!.batcher.waiting, { timeout: 5000 }).toBe(1);
    const ended = here.close();
    const late = await ask(here.url, { text: 'a' });
    expect([late.status, late.body.error]).toEqual([503, 'the server is ending']);
    expect((await fetch(`${here.url}/ready`)).status).toBe(503);
    const { status, body } = await asked;
    expect(status).toBe(200);
    expect((body.translations as { text: string }[])[0]!.text).toBeTypeOf('string');
    await ended;
    await expect(fetch(`${here.url}/health`)).rejects.toThrow();
  });

  it('comes within its time, whatever is at work', async () => {
    const here = await served({ grace: 200, maxBatch: 1, maxBeam: 64, timeout: 60_000 });
    const texts = Array.from({ length: 60 }, () => 'a small test of words');
    const asked = ask(here.url, { texts, options: { beam: 16, maxLength: 900 } });
    await expect.poll(() => here.models[0]!.batcher.working, { timeout: 5000 }).toBe(1);
    const begun = performance.now();
    await here.close();
    expect(performance.now() - begun).toBeLessThan(3000);
    const { status, body } = await asked;
    expect([status, body.error]).toEqual([503, 'the server has ended']);
  });
});
