import { tryBackend } from './trial';

// A process of its own tries one backend and tells its parent what came of it.
process.once('disconnect', () => process.exit());
process.send?.(await tryBackend(process.argv[2] ?? ''), () => process.exit());
