#!/usr/bin/env node
// No import and no new syntax before the version is known: a Node that is too old has to get as far as saying so.
var version: number[] = process.versions.node.split('.').map(Number);

if (version[0]! < 20 || (version[0] === 20 && version[1]! < 19)) {
  process.stderr.write(
    'error: Node ' +
      process.versions.node +
      ' is too old: steadyformer needs Node 20.19 or newer. Install it from nodejs.org and run the command again.\n',
  );
  process.exitCode = 2;
} else {
  import('../main/start');
}
