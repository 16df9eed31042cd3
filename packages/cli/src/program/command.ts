import { nearest } from '@steadyformer/core';
import { Command } from 'commander';
import { oneLine } from './errors';
import type { Streams } from './streams';

/**
 * A command, and all that are made of it, that writes to the streams and throws in place of ending the process.
 *
 * @param from whose arguments these are, put before what is wrong with them; empty where they were typed
 */
export const newCommand = (name: string, { out, error }: Streams, from = ''): Command =>
  new Command(name).exitOverride().configureOutput({
    writeOut: out,
    writeErr: error,
    outputError: (text, write) => write(oneLine(text.replace(/^error: /, `error: ${from}`))),
  });

/** How far a name may be from a command to be taken for it: a share of the command's length. */
const NEAR = 0.4;

/**
 * Says of an unknown subcommand which one is near. `elsewhere` holds commands of other groups by their names, as one
 * would type them.
 */
export const explainUnknown = (command: Command, elsewhere: Readonly<Record<string, string>> = {}): Command =>
  command.on('command:*', ([name = '']: string[]) => {
    const own = command.commands.map((each) => each.name());
    const near = nearest(name, [...own, ...Object.keys(elsewhere)], NEAR);
    const typed = near !== undefined && Object.hasOwn(elsewhere, near) ? elsewhere[near] : near;
    const hint = typed === undefined ? `. Allowed: ${own.join(', ')}.` : ` (Did you mean ${typed}?)`;
    command.error(`error: unknown command '${name}'${hint}`);
  });
