import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { complaints } from '../../scripts/ci/lockFile.mjs';
import { differsByNode } from '../../scripts/ci/otherNode.mjs';
import { startProxy } from '../../scripts/ci/registryProxy.mjs';

const server = createServer((_, answer) => answer.end('from the registry'));
let registry = '';
let proxy: Awaited<ReturnType<typeof startProxy>>;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  registry = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  proxy = await startProxy(registry);
});
afterAll(async () => {
  await proxy.close();
  server.close();
});

/** What a program prints that asks for a URL past or through the proxy, under the rule of a closed network. */
const ask = async (body: string): Promise<string> => {
  const program = `
    const { connect } = require('node:net');
    const { get } = require('node:http');
    const proxy = new URL(process.env.STEADYFORMER_PROXY);
    const say = (text) => { console.log(text); process.exit(); };
    const failed = (error) => say(error.code ?? error.message);
    ${body}`;
  const rule = new URL('../../scripts/ci/proxyOnly.mjs', import.meta.url).href;
  const env = { ...process.env, NODE_OPTIONS: `--import ${rule}`, STEADYFORMER_PROXY: proxy.url };
  const { stdout } = await promisify(execFile)(process.execPath, ['--eval', program], { env });
  return stdout.trim();
};

/** A request through the proxy: `GET http://host/`. */
const through = (host: string): string => `
  get({ host: proxy.hostname, port: proxy.port, path: 'http://${host}/' }, (answer) => {
    let text = String(answer.statusCode) + ' ';
    answer.on('data', (chunk) => { text += chunk; }).on('end', () => say(text));
  }).on('error', failed);`;

/** A tunnel through the proxy, as for https. */
const tunnel = (host: string): string => `
  require('node:http').request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: '${host}' })
    .on('connect', (answer) => say(String(answer.statusCode))).on('error', failed).end();`;

describe('a network where only the registry answers', () => {
  it('lets requests and tunnels to the registry through', async () => {
    const before = proxy.passed();
    expect(await ask(through(registry))).toBe('200 from the registry');
    expect(await ask(tunnel(registry))).toBe('200');
    expect(proxy.passed() - before).toBe(2);
  });

  it('refuses every other host, and remembers it', async () => {
    expect(await ask(through('elsewhere.example'))).toBe('403 refused: elsewhere.example');
    expect(await ask(tunnel('other.example:443'))).toBe('403');
    expect(proxy.refused()).toEqual(['elsewhere.example', 'other.example:443']);
    // A host once refused does not shut out the registry.
    expect(await ask(through(registry))).toBe('200 from the registry');
  });

  it('ends a connection past the proxy, in every form, as if there were no such host', async () => {
    const [host, port] = registry.split(':');
    expect(await ask(`get('http://${registry}/', () => say('open')).on('error', failed);`)).toBe('ENOTFOUND');
    expect(await ask(`connect(${port}, '${host}', () => say('open')).on('error', failed);`)).toBe(
      'ENOTFOUND',
    );
    expect(
      await ask(`fetch('http://${registry}/').then(() => say('open'), (error) => failed(error.cause));`),
    ).toBe('ENOTFOUND');
  });
});

describe('complaints of npm', () => {
  it('are those about the repository', () => {
    const output = `npm warn Unknown user config "nodedir". This will stop working.
npm warn Unknown project config "onnxruntime_node_install". This will stop working.
npm warn install-scripts 1 package has install scripts not yet covered by allowScripts:
added 581 packages in 1s`;
    expect(complaints(output)).toEqual(output.split('\n').slice(1, 3));
  });
});

describe('differsByNode', () => {
  const readsNothing = (): string => "import { expect } from 'vitest';";

  it.each([
    'packages/backend-onnxruntime/src/memory/pool.test.ts',
    'packages/backend-tensorflow/src/library/locate.test.ts',
    'packages/core/src/state/node/safetensorsFile.test.ts',
    'packages/translate/src/text/node/readParallelFiles.test.ts',
    'packages/translate/src/subwords/bpe.test.ts',
    'tests/replicas/replicas.test.ts',
  ])('takes %s by its place', (path) => {
    expect(differsByNode(path, readsNothing)).toBe(true);
  });

  it.each([
    'packages/core/src/optim/adam.test.ts',
    'packages/core/src/state/node/safetensorsFile.ts',
    'packages/core/src/nodes.test.ts',
    'tests/structure/files.test.ts',
    'tests/site/pages.test.ts',
    'tests/recipes/recipes.test.ts',
    'tests/malformed/malformed.test.ts',
    'packages/backend-onnxruntime/src/conformance/suite.test.ts',
    'examples/demo/src/main.test.ts',
  ])('leaves %s', (path) => {
    expect(differsByNode(path, readsNothing)).toBe(false);
  });

  it('takes a test of a package that writes files or starts programs, wherever it is', () => {
    const path = 'packages/analysis/src/theory/some.test.ts';
    expect(differsByNode(path, () => "import { fork } from 'node:child_process';")).toBe(true);
    expect(differsByNode(path, () => "mkdtempSync(join(tmpdir(), 'x'))")).toBe(true);
    expect(differsByNode(path, () => "readFileSync('fixture.json')")).toBe(false);
    expect(differsByNode('examples/x.test.ts', () => 'mkdtempSync()')).toBe(false);
  });
});
