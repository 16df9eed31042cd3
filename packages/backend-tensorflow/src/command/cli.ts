#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import { runSelfTest } from '../doctor/selfTestReport';
import { run } from '../process/run';
import { thisHost } from '../setup/preconditions';
import { main } from './program';

process.exitCode = await main(process.argv.slice(2), {
  run,
  selfTest: (points) =>
    runSelfTest(
      process.execPath,
      fileURLToPath(new URL('../doctor/selfTest.js', import.meta.url)),
      run,
      points,
    ),
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  cwd: process.cwd(),
  environment: process.env,
  host: thisHost(),
  nodeVersion: process.version,
  root: '/',
});
