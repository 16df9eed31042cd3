/** What a shell line may refer to, read from the repository. */
export interface Known {
  /** Script names of each package.json by its folder; '' is the root. */
  readonly scripts: Readonly<Record<string, readonly string[]>>;
  /** Workspace package names. */
  readonly packages: readonly string[];
  /** Commands of the workspaces' `bin`. */
  readonly bins: readonly string[];
  readonly exists: (path: string) => boolean;
}

/** npm's own commands that refer to nothing of ours. */
const PLAIN = ['ci', 'init', 'publish', 'login'];

const checkNpm = (words: readonly string[], { scripts, packages }: Known): string | undefined => {
  const [verb = ''] = words;
  const at = words.findIndex((word) => word === '--workspace' || word === '-w');
  const folder = at < 0 ? '' : (words[at + 1] ?? '');
  const named = scripts[folder];
  if (!named) return `no workspace '${folder}'`;
  if (PLAIN.includes(verb)) return undefined;
  if (verb === 'install' || verb === 'i') {
    const unknown = words.find((word) => /^@?steadyformer/.test(word) && !packages.includes(word));
    return unknown && `no package '${unknown}'`;
  }
  const script = verb === 'run' ? words[1] : verb;
  return script && named.includes(script)
    ? undefined
    : `no script '${script}' in '${folder || 'package.json'}'`;
};

const checkCommand = (words: readonly string[], known: Known): string | undefined => {
  const [program, ...rest] = words;
  if (program === 'npm') return checkNpm(rest, known);
  if (program === 'npx') {
    const name = rest.find((word) => !word.startsWith('-')) ?? '';
    return name.startsWith('steadyformer') && !known.bins.includes(name) ? `no command '${name}'` : undefined;
  }
  if (program === 'node') {
    const file = rest.find((word) => !word.startsWith('-'));
    return file && /[./]/.test(file) && !known.exists(file) ? `no file '${file}'` : undefined;
  }
  return program?.startsWith('steadyformer') && !known.bins.includes(program)
    ? `no command '${program}'`
    : undefined;
};

/** What a shell block refers to that does not exist: scripts, workspaces, commands of ours, files given to node. */
export const missingIn = (code: string, known: Known): string[] =>
  code
    .replace(/\\\n/g, ' ')
    .split(/\n|&&|;|\|/)
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')
    .map((line) => line.replace(/^\$ /, '').split(/\s+/))
    // NAME=value before the command.
    .map((words) => words.slice(words.findIndex((word) => !/^\w+=/.test(word))))
    .map((words) => checkCommand(words, known))
    .filter((problem) => problem !== undefined);
