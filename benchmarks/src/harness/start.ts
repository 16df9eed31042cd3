import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Start } from './competitor';
import { type Answer, decode, encode } from './protocol';

const REMEMBERED = 4000;

/** The line of a child's last words that names the error, else its last line. */
export const lastWords = (text: string): string => {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at ') && !/^Node\.js v/.test(line));
  return (
    lines.findLast((line) => /error|abort|fatal|cannot|killed/i.test(line)) ?? lines.at(-1) ?? 'no message'
  );
};

/** Starts a competitor's process. */
export const start: Start = ({ program, args, env = {} }) => {
  const child = spawn(program, [...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const waiting: ((answer: Answer) => void)[] = [];
  let gone: Answer | undefined;
  let said = '';
  const remember = (text: string): void => {
    said = (said + text).slice(-REMEMBERED);
  };
  const end = (why: string): void => {
    gone ??= { is: 'skip', reason: why };
    for (const answer of waiting.splice(0)) answer(gone);
  };
  const next = (): Promise<Answer> =>
    gone ? Promise.resolve(gone) : new Promise((resolve) => waiting.push(resolve));

  const ready = next();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const answer = decode<Answer>(line);
    if (answer) waiting.shift()?.(answer);
    else remember(`${line}\n`);
  });
  child.stderr.setEncoding('utf8').on('data', remember);
  // A child that is gone cannot be written to; its end is reported by 'close'.
  child.stdin.on('error', () => {});
  child.on('error', (error) => end(error.message));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.once('close', (code, signal) => {
    end(`process ended (${signal ?? `exit code ${code}`}): ${lastWords(said)}`);
  });

  return {
    ready,
    ask: (request) => {
      const answer = next();
      if (!gone) child.stdin.write(encode(request));
      return answer;
    },
    close: async () => {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await closed;
    },
  };
};
