import { spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { root } from '../lib/prepare.mjs';

/** How long a command that was asked to stop may still take. */
const GRACE_MS = 10_000;

/** What went wrong, in words for the log. */
export class StepError extends Error {}

/**
 * Where a step's commands run and write.
 * @typedef {object} Step
 * @property {string} log path of the step's log
 * @property {number} deadline on the clock of performance.now()
 * @property {NodeJS.ProcessEnv} env
 */

/**
 * One line into a step's log.
 * @param {Step} step
 * @param {string} line
 */
export const note = (step, line) => appendFileSync(step.log, `${line}\n`);

/** The process groups now running. */
const groups = /** @type {Set<number>} */ (new Set());

/**
 * Signals a process group, where it still exists.
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
const endGroup = (group, signal) => {
  try {
    process.kill(-group, signal);
  } catch {
    // The group is gone already.
  }
};

/** Ends whatever is running, for a run that is itself interrupted. */
export const endAll = () => {
  for (const group of groups) endGroup(group, 'SIGKILL');
};

/**
 * Runs a program without standard input; its output goes to the step's log. The whole process group is ended at the
 * step's deadline.
 *
 * @param {Step} step
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdout?: string }} [options] stdout: a file for standard output
 * @returns {Promise<void>}
 * @throws StepError on an exit code other than 0, and when time is up
 */
export const run = (step, command, args, { cwd = root, env = {}, stdout } = {}) =>
  new Promise((resolve, reject) => {
    note(step, `$ ${[command, ...args].join(' ')}`);
    const log = openSync(step.log, 'a');
    const out = stdout === undefined ? log : openSync(stdout, 'w');
    const child = spawn(command, args, {
      cwd,
      env: { ...step.env, ...env },
      stdio: ['ignore', out, log],
      detached: true,
    });
    let late = false;
    // Where the program could not be started there is no id; 'error' is on its way.
    const group = child.pid;
    if (group !== undefined) groups.add(group);
    const end = (/** @type {NodeJS.Signals} */ signal) => {
      if (group !== undefined) endGroup(group, signal);
    };
    const stop = setTimeout(
      () => {
        late = true;
        end('SIGTERM');
        setTimeout(() => end('SIGKILL'), GRACE_MS).unref();
      },
      Math.max(1, step.deadline - performance.now()),
    );
    /** @param {string | undefined} problem */
    const finish = (problem) => {
      clearTimeout(stop);
      if (group !== undefined) groups.delete(group);
      closeSync(log);
      if (out !== log) closeSync(out);
      if (problem === undefined) resolve();
      else {
        note(step, problem);
        reject(new StepError(problem));
      }
    };
    child.once('error', (error) => finish(`${command}: ${error.message}`));
    child.once('exit', (code, signal) => {
      end('SIGKILL');
      if (late) finish(`${command} ${args[0] ?? ''}: stopped, time was up`);
      else finish(code === 0 ? undefined : `${command} ${args[0] ?? ''}: ended with ${signal ?? code}`);
    });
  });
