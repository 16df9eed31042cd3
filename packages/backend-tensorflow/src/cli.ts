#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { main } from './program';
import { run } from './run';
import { runSelfTest } from './self-test-report';

process.exitCode = await main(process.argv.slice(2), {
  run,
  selfTest: (points) =>
    runSelfTest(process.execPath, fileURLToPath(new URL('./self-test.js', import.meta.url)), run, points),
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  cwd: process.cwd(),
  environment: process.env,
  platform: process.platform,
  nodeVersion: process.version,
});
