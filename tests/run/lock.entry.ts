// Tries to take folders when it is told to: a line of input has a moment, and a folder. Says how that went.
import { createInterface } from 'node:readline';
import { lockRun, type RunLock } from '@steadyformer/translate/node';

const held = new Map<string, RunLock>();
const say = (word: string): void => void process.stdout.write(`${word}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const [moment, folder] = JSON.parse(line) as [number, string];
  const lock = held.get(folder);
  if (lock) {
    await lock.release();
    held.delete(folder);
    say('released');
    continue;
  }
  while (Date.now() < moment);
  try {
    held.set(folder, await lockRun(folder));
    say('won');
  } catch (error) {
    say(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
  }
}
