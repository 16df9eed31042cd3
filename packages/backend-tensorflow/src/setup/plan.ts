import { join } from 'node:path';
import type { Compiler } from '../checks/inputs';
import { FRAMEWORK_LIBRARY, MAIN_LIBRARY, type TensorflowLibrary } from '../library/library';
import type { NodePackage } from '../packages/packages';

/** A symbolic link: `path` shall point to `target`. */
export interface Link {
  readonly path: string;
  readonly target: string;
}

/** Everything `setup` will do, as data: one compiler call, then the links. */
export interface BuildPlan {
  readonly links: readonly Link[];
  /** The program, and what comes before the arguments. */
  readonly compiler: readonly [string, ...string[]];
  /** Complete but for `-o FILE`. They name the library itself, not the links: these change once the addon is there. */
  readonly args: readonly string[];
  /** The addon. */
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
 * The names under which a linker (`-ltensorflow`) and, at run time, the loader (the wheel's SONAMEs) look. A GPU
 * build searches CUDA in `../nvidia/PART/lib` of its own place, which is `deps/lib` when it is loaded through here.
 */
const links = (deps: string, { include, main, framework, cuda }: TensorflowLibrary): Link[] => [
  { path: join(deps, 'include'), target: include },
  { path: join(deps, 'lib', 'libtensorflow.so'), target: main },
  { path: join(deps, 'lib', MAIN_LIBRARY), target: main },
  { path: join(deps, 'lib', 'libtensorflow_framework.so'), target: framework },
  { path: join(deps, 'lib', FRAMEWORK_LIBRARY), target: framework },
  ...(cuda === undefined ? [] : [{ path: join(deps, 'nvidia'), target: cuda }]),
];

/** Plans the addon of tfjs-node's own sources against the library of a Python wheel. Touches nothing. */
export const planBuild = ({ source, library, headers, compiler }: PlanInputs): BuildPlan => {
  const deps = join(source.folder, 'deps');
  return {
    links: links(deps, library),
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
      '-Wl,-rpath,$ORIGIN/../../deps/lib',
    ],
    output: source.addon,
  };
};
