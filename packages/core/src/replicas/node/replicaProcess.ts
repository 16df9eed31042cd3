import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SteadyformerError } from '../../checks/errors';
import type { ProcessStart, Reply } from '../protocol';
import type { Carrier, Listener } from './replicaWorker';

/** How a replica's process is told what it is. */
export const REPLICA = 'steadyformer-replica';
/** Where it finds the shared file: behind standard input, output, errors and the channel. */
export const DESCRIPTOR = 4;

/**
 * Starts a replica in a process of its own, with environment variables of its own, which native libraries read as they
 * load. Throws where there is no such module.
 */
export const inProcess =
  (entry: URL, start: ProcessStart, env: NodeJS.ProcessEnv, descriptor: number) =>
  ({ reply, fail }: Listener): Carrier => {
    const path = fileURLToPath(entry);
    if (!existsSync(path)) throw new SteadyformerError(`there is no ${path}`);
    const child = fork(path, [REPLICA], {
      env,
      // A terminal's Ctrl-C is for who started it, who ends it.
      detached: process.platform !== 'win32',
      // Batches and data are typed arrays, Maps and what else threads can be sent.
      serialization: 'advanced',
      // What it prints is none of this program's output.
      stdio: ['ignore', 2, 2, 'ipc', descriptor],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.on('message', (message) => reply(message as Reply));
    child.on('error', (error) => fail(error.message));
    child.on('exit', (code, signal) =>
      fail(
        signal
          ? `its process was ended by ${signal}${signal === 'SIGKILL' ? ', as systems do where memory runs out' : ''}`
          : `its process ended with code ${code}`,
      ),
    );
    const send = (message: unknown): void => {
      // Its end is told by 'exit'.
      child.send(message as object, () => undefined);
    };
    const end = async (): Promise<void> => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
      child.kill('SIGKILL');
      await ended;
    };
    try {
      send(start);
    } catch (error) {
      void end();
      throw error;
    }
    return { send, end };
  };
