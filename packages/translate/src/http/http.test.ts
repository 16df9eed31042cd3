import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { gatherTexts, type Ranks } from '../training/ranks';
import { type HostOptions, type HostRanks, hostRanks } from './host';
import { type JoinedRanks, joinRanks } from './joined';
import { PART } from './wire';

const token = 'secret';
const version = '1.2.3';
const usual = { token, version, timeout: 20 };
const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0)) await end();
});

const host = async (options: Partial<HostOptions> = {}): Promise<HostRanks> => {
  const ranks = await hostRanks({ ...usual, port: 0, host: '127.0.0.1', size: 2, ...options });
  ended.push(() => ranks.abort('the test is over'));
  return ranks;
};
const join = async (to: HostRanks, options: object = {}): Promise<JoinedRanks> => {
  const ranks = await joinRanks({ ...usual, url: `http://127.0.0.1:${to.port}`, ...options });
  ended.push(() => ranks.abort('the test is over'));
  return ranks;
};
const team = async (
  size: number,
  options: Partial<HostOptions> = {},
): Promise<[HostRanks, ...JoinedRanks[]]> => {
  const first = await host({ size, ...options });
  const others: JoinedRanks[] = [];
  for (let i = 1; i < size; i++) others.push(await join(first, options));
  await first.joined();
  return [first, ...others];
};
const reason = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe('ranks over HTTP', () => {
  it('add up, compare and broadcast, to the same bits on all', async () => {
    const all = await team(3);
    expect(all.map(({ rank, size, apart }) => [rank, size, apart])).toEqual(
      [0, 1, 2].map((i) => [i, 3, true]),
    );
    // Of a size that goes in parts, and whose sum depends on the order.
    const floats = all.map(({ rank }) =>
      Float32Array.from({ length: PART + 3 }, (_, i) => (rank + 1) / (i + 3)),
    );
    const expected = floats[0]!.map((x, i) => Math.fround(Math.fround(x + floats[1]![i]!) + floats[2]![i]!));
    const doubles = all.map(({ rank }) => Float64Array.of(rank, 5 - rank, rank / 3));
    // A Buffer is a Uint8Array, too.
    const bytes = all.map(({ rank }) => (rank === 1 ? Buffer : Uint8Array).from([rank, 250 + rank]));
    const none = all.map(() => new Uint8Array(0));
    await Promise.all(
      all.map(async (ranks, i) => {
        // Together, and one after the other.
        await Promise.all([
          ranks.allReduce(floats[i]!),
          ranks.allReduce(doubles[i]!, 'max'),
          ranks.broadcast(bytes[i]!, 2),
          ranks.broadcast(none[i]!),
        ]);
        expect(await gatherTexts(ranks, `from ${i}`)).toEqual(['from 0', 'from 1', 'from 2']);
      }),
    );
    for (const own of floats)
      expect(Buffer.compare(Buffer.from(own.buffer), Buffer.from(expected.buffer))).toBe(0);
    expect(doubles).toEqual(all.map(() => Float64Array.of(2, 5, 2 / 3)));
    expect(bytes.map((own) => [...own])).toEqual(all.map(() => [2, 252]));
    await Promise.all(all.map((ranks) => ranks.finalize()));
    await all[0].finalize();
  });

  it.each([
    [3, 2, 4],
    [0, 9, 0],
    [PART + 2, 5, PART - 1],
  ])('scatter sums over stretches of %d, %d and %d numbers, and gather them', async (...lengths) => {
    const all = await team(3);
    const size = lengths.reduce((sum, length) => sum + length, 0);
    const arrays = all.map(({ rank }) => Float32Array.from({ length: size }, (_, i) => (rank + 1) * (i + 1)));
    const ends = lengths.map((_, rank) =>
      lengths.slice(0, rank + 1).reduce((sum, length) => sum + length, 0),
    );
    await Promise.all(
      all.map(async (ranks, i) => {
        await ranks.reduceScatter(arrays[i]!, lengths);
        for (let k = ends[i]! - lengths[i]!; k < ends[i]!; k++) expect(arrays[i]![k]).toBe(6 * (k + 1));
        // The other stretches are nobody's.
        arrays[i]!.fill(Number.NaN, 0, ends[i]! - lengths[i]!).fill(Number.NaN, ends[i]!);
        await ranks.allGather(arrays[i]!, lengths);
      }),
    );
    const expected = Float32Array.from({ length: size }, (_, k) => 6 * (k + 1));
    for (const own of arrays)
      expect(Buffer.compare(Buffer.from(own.buffer), Buffer.from(expected.buffer))).toBe(0);
  });

  it('send what an array held when the call was made', async () => {
    const all = await team(2);
    const arrays = all.map(({ rank }) => Float32Array.of(rank + 1));
    const sums = all.map((ranks, i) => {
      const sent = ranks.broadcast(arrays[i]!);
      if (i === 0) arrays[0]![0] = 9;
      return sent;
    });
    await Promise.all(sums);
    expect(arrays[1]![0]).toBe(1);
  });

  it('refuse who has no token, another version, or no place', async () => {
    const first = await host();
    expect(await reason(join(first, { token: 'guess' }))).toMatch(
      /^SteadyformerError: http:\/\/127.0.0.1:\d+: the token is not that of the run/,
    );
    expect(await reason(join(first, { version: '1.2.4' }))).toContain(
      "version 1.2.3 trains here, and '1.2.4' wants to join; install the same on all machines",
    );
    await join(first);
    expect(await reason(join(first))).toContain('all of the 2 workers are there');
  });

  it('refuse a port in use, and an address that is none', async () => {
    const { port } = await host();
    expect(await reason(host({ port }))).toBe(
      `SteadyformerError: cannot listen on 127.0.0.1:${port}: another program listens there; name another port, or 0 for any that is free`,
    );
    expect(await reason(host({ host: '203.0.113.1' }))).toContain('this machine has no such address');
    expect(await reason(host({ timeout: 0 }))).toContain(
      'timeout: received 0, allowed numbers > 0, in seconds',
    );
  });

  it.each(['https://a:1', 'a:1', 'http://a:1/path', 'ftp://a', '', 'http://'])(
    'refuse the URL %s',
    async (url) => {
      expect(await reason(joinRanks({ url, token, version }))).toContain('allowed http://HOST:PORT');
    },
  );

  it('say where nobody listens, or another program does', async () => {
    const other: Server = createServer((_, response) => response.end('<html>hello</html>'));
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}`;
    expect(await reason(joinRanks({ url, token, version }))).toContain(
      `${url} answers, and is no run of steadyformer`,
    );
    await new Promise((resolve) => other.close(resolve));
    expect(await reason(joinRanks({ url, token, version }))).toContain(
      `${url} cannot be reached: nobody listens there`,
    );
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
    expect(await reason(joinRanks({ url, token, version, timeout: 0.2 }))).toContain(
      `${url} does not answer`,
    );
    silent.closeAllConnections();
    await new Promise((resolve) => silent.close(resolve));
  });

  it('are told at once where one has ended, whatever they wait for', async () => {
    const [first, second, third] = await team(3);
    const waiting = [first.allReduce(new Float32Array(2)), second!.allReduce(new Float32Array(2))];
    // As a process does that is killed.
    (third as unknown as { end: () => void }).end();
    for (const said of await Promise.all(waiting.map(reason)))
      expect(said).toMatch(
        /SteadyformerError: rank 2 \(127.0.0.1\) has ended, or cannot be reached any more\. The newest/,
      );
    expect(await reason(first.broadcast(new Uint8Array(1)))).toContain('rank 2 (127.0.0.1) has ended');
    await first.finalize();
  });

  it('are told where rank 0 has ended, and why where one leaves or rank 0 gives up', async () => {
    const [first, second] = await team(2);
    const wait = reason(second!.allReduce(new Float32Array(2)));
    (first as unknown as { server: Server }).server.closeAllConnections();
    expect(await wait).toContain('rank 0 has ended, or cannot be reached any more');
    const [third, fourth] = await team(2);
    const left = reason(third.allReduce(new Float32Array(2)));
    await fourth!.abort('the disk is full');
    expect(await left).toBe('SteadyformerError: rank 1: the disk is full');
    const [fifth, sixth] = await team(2);
    const gone = reason(sixth!.allReduce(new Float32Array(2)));
    fifth.abort('no data');
    expect(await gone).toBe('SteadyformerError: no data');
  });

  it('end where they make different calls, on all', async () => {
    const [first, second] = await team(2);
    const both = [first.allReduce(new Float32Array(2)), (second as Ranks).allReduce(new Float32Array(3))];
    const message =
      'SteadyformerError: ranks make different calls: rank 0 sum of 2 Float32Array numbers, rank 1 sum of 3 Float32Array numbers';
    expect(await Promise.all(both.map(reason))).toEqual([message, message]);
  });

  it('wait no longer than the limit for who does not come, or does not call', async () => {
    const first = await host({ timeout: 0.2 });
    expect(await reason(first.joined())).toBe(
      'SteadyformerError: 0 of 1 other workers have joined within 0.2 seconds. A longer wait: STEADYFORMER_HTTP_TIMEOUT, in seconds.',
    );
    const [second, third] = await team(2, { timeout: 0.3 });
    const message = 'no answer of rank 1 to sum of 1 Float32Array numbers within 0.3 seconds';
    expect(await reason(second.allReduce(new Float32Array(1)))).toContain(message);
    expect(await reason(third!.allReduce(new Float32Array(1)))).toContain(message);
    vi.stubEnv('STEADYFORMER_HTTP_TIMEOUT', 'soon');
    expect(await reason(hostRanks({ port: 0, size: 2, token, version }))).toContain(
      'STEADYFORMER_HTTP_TIMEOUT',
    );
    vi.unstubAllEnvs();
  });

  it('take no body but that of the call at hand, and nothing from strangers', async () => {
    const [first] = await team(2);
    const url = `http://127.0.0.1:${first.port}`;
    const headers = { authorization: `Bearer ${token}`, 'x-steadyformer-rank': '1' };
    const post = async (path: string, init: RequestInit): Promise<[number, string]> => {
      const response = await fetch(url + path, { method: 'POST', ...init });
      return [response.status, await response.text()];
    };
    expect((await post('/call/0', { body: 'x' }))[0]).toBe(401);
    expect((await post('/call/0', { headers: { authorization: 'Bearer guess!' } }))[0]).toBe(401);
    expect((await post('/call/x', { headers }))[0]).toBe(404);
    expect((await post('/call/1', { headers: { ...headers, 'x-steadyformer-rank': '7' } }))[0]).toBe(404);
    expect((await post('/join', { headers, body: 'x'.repeat(5000) }))[1]).toContain(
      'a body of 5000 bytes received',
    );
    expect((await post('/join', { headers, body: 'no JSON' }))[0]).toBe(400);
    const line = 'sum of 2 Float32Array numbers';
    const other = post('/call/0', {
      headers: { ...headers, 'x-steadyformer-call': line },
      body: 'x'.repeat(999),
    });
    expect(await reason(first.allReduce(new Float32Array(2)))).toContain(
      'a body of 999 bytes received, allowed 8',
    );
    expect((await other)[0]).toBe(500);
  });
});
