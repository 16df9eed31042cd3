import { EXIT, endingOf, oneLine } from '../program/errors';
import { fileReason } from '../program/fileReason';
import { processStreams } from '../program/streams';
import { main } from './main';

/** How long what still runs may hold the process once all is said. */
const GRACE_MS = 500;

const streams = processStreams(process.stdout, process.stderr, (failure) => {
  streams.error(oneLine(`error: the output cannot be written: ${fileReason(failure)}`));
  process.exitCode = EXIT.mistake;
});

process.on('uncaughtException', (failure) => {
  const { code, line } = endingOf(failure);
  if (line !== undefined) streams.error(line);
  process.exit(code);
});

const code = await main(process.argv.slice(2), streams, process.argv[1]);
process.exitCode ||= code;
// Some backends never let a process end by itself; output to a slow reader does hold it, as it should.
setTimeout(() => {
  if (process.stdout.writableLength === 0) process.exit();
}, GRACE_MS).unref();
