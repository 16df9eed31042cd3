import { join } from 'node:path';
import type { Compiler } from '../checks/inputs';
import { FRAMEWORK_LIBRARY, MAIN_LIBRARY, type TensorflowLibrary } from '../library/library';
import { BUILDS, type NodePackage } from '../packages/packages';

/** A symbolic link of a build's folder: `path` in it shall point to `target`. */
export interface Link {
  readonly path: string;
  readonly target: string;
}

/** Everything `setup` will do, as data: a folder with links and what a compiler call makes, then one link to that. */
export interface BuildPlan {
  readonly links: readonly Link[];
  /** The program, and what comes before the arguments. */
  readonly compiler: readonly [string, ...string[]];
  /** Complete but for `-o FILE`. */
  readonly args: readonly string[];
  /** Where the folders of builds lie. */
  readonly builds: string;
  /** The addon's place: a link to that of the build in use. */
  readonly output: string;
}

export interface PlanInputs {
  readonly source: NodePackage;
  readonly library: TensorflowLibrary;
  /** The folder with `node_api.h`. */
  readonly headers: string;
  readonly compiler: Compiler;
}

/** The sources of tfjs-node's `binding.gyp`. */
const SOURCES = ['tfjs_backend.cc', 'tfjs_binding.cc'] as const;

/**
 * The names under which the loader looks (the wheel's SONAMEs). A GPU build searches CUDA in `../nvidia/PART/lib` of its
 * own place, which is `lib` when it is loaded through here.
 */
const links = ({ main, framework, cuda }: TensorflowLibrary): Link[] => [
  { path: join('lib', MAIN_LIBRARY), target: main },
  { path: join('lib', FRAMEWORK_LIBRARY), target: framework },
  ...(cuda === undefined ? [] : [{ path: 'nvidia', target: cuda }]),
];

/** Plans the addon of tfjs-node's own sources against the library of a Python wheel. Touches nothing. */
export const planBuild = ({ source, library, headers, compiler }: PlanInputs): BuildPlan => ({
  links: links(library),
  compiler: compiler.words,
  args: [
    '-std=c++17',
    '-O2',
    '-shared',
    '-fPIC',
    '-DNAPI_VERSION=8',
    '-DNODE_GYP_MODULE_NAME=tfjs_binding',
    '-DBUILDING_NODE_EXTENSION',
    `-I${headers}`,
    `-I${library.include}`,
    ...compiler.flags,
    ...SOURCES.map((name) => join(source.folder, 'binding', name)),
    ...compiler.linkFlags,
    library.main,
    library.framework,
    '-Wl,-rpath,$ORIGIN/lib',
  ],
  builds: join(source.folder, BUILDS),
  output: source.addon,
});
