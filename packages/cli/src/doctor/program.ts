import type { Command } from 'commander';
import type { CommandLine } from '../program/commandLine';
import { EXIT } from '../program/errors';
import { tryInChild } from './child';
import { examine } from './examine';
import { report } from './report';

/** Adds `steadyformer doctor`. */
export const addDoctor = (root: Command, { streams, exitWith }: CommandLine): Command =>
  root
    .command('doctor')
    .description('Say which backends compute here, how fast, and why not the others. Exit code 1: none does.')
    .option('--json', 'print it as JSON')
    .action(async ({ json = false }: { readonly json?: boolean }) => {
      const found = await examine(tryInChild);
      streams.out(`${json ? JSON.stringify(found, null, 2) : report(found)}\n`);
      if (!found.backends.some(({ works }) => works)) exitWith(EXIT.crash);
    });
