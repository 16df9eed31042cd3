import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** Two equal signals within this time are one key press: npm passes on what the terminal has sent already. */
const SAME_PRESS_MS = 500;

/**
 * Runs a program in the foreground with this terminal and passes SIGINT, SIGTERM and SIGHUP on, each key press once.
 *
 * A terminal's Ctrl-C goes to the whole foreground group, and npm sends it again: a child of ours would see it two or
 * three times. `apart` gives the child a process group of its own, so that it sees only what is passed on, and an IPC
 * channel whose closing tells it that we are gone (see followParent.mjs).
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, apart?: boolean }} [options]
 * @returns {Promise<number>} the exit code; 128 + the signal's number where a signal ended the child
 */
export const foreground = (command, args, { cwd, env, apart = false } = {}) =>
  new Promise((resolve, reject) => {
    const stdio = /** @type {const} */ (['inherit', 'inherit', 'inherit']);
    const child = spawn(command, args, {
      stdio: apart ? [...stdio, 'ipc'] : [...stdio],
      detached: apart,
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
    });
    /** @type {Map<NodeJS.Signals, number>} */
    const last = new Map();
    /** @param {NodeJS.Signals} signal */
    const forward = (signal) => {
      const now = performance.now();
      if (now - (last.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_PRESS_MS) return;
      last.set(signal, now);
      child.kill(signal);
    };
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);
    for (const signal of signals) process.on(signal, forward);
    const done = () => {
      for (const signal of signals) process.off(signal, forward);
    };
    child.once('error', (error) => {
      done();
      reject(error);
    });
    child.once('exit', (code, signal) => {
      done();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
