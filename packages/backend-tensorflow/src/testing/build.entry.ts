import { run } from '../process/run';
import { build } from '../setup/build';

// Carries out the plan of its first argument, in a process that a test kills.
build(JSON.parse(process.argv[2] ?? ''), run);
