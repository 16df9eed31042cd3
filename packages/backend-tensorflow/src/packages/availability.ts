import { existsSync } from 'node:fs';
import { danglingLinks, findPackages, type NodePackage, searchPoints } from './packages';

/** Whether the 'tensorflow' backend can be tried here. */
export interface Availability {
  readonly available: boolean;
  /** Why not, and what to do next; absent when available. */
  readonly reason?: string;
}

/** The command that every message about an unprepared package ends with. */
export const SETUP = 'npx steadyformer-tensorflow setup';
export const INSTALL = 'npm install --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0';

/** Why `found` cannot be loaded, or undefined where nothing speaks against it. */
const obstacle = (found: NodePackage): string | undefined => {
  if (!existsSync(found.addon)) return `${found.name} ${found.version} has no compiled addon. Run: ${SETUP}`;
  const [gone] = danglingLinks(found);
  return gone && `${found.name}: the TensorFlow library behind ${gone} is gone. Run: ${SETUP}`;
};

/** The package to load, or the reason why there is none. */
export const choosePackage = (
  points: readonly string[] = searchPoints(),
): { readonly chosen: NodePackage } | { readonly reason: string } => {
  const packages = findPackages(points);
  const chosen = packages.find((found) => obstacle(found) === undefined);
  if (chosen) return { chosen };
  const [first] = packages;
  const reason = first && obstacle(first);
  return {
    reason:
      reason ??
      `neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed in this project. Run: ${INSTALL}, then: ${SETUP}`,
  };
};

/**
 * Looks for a tfjs-node package with a compiled addon and a library that exists. Reads folders only: no native
 * code is loaded, so the load itself can still fail (`npx steadyformer-tensorflow doctor` tries it).
 *
 * @param points files from whose folders packages are resolved; default: this package, then the program.
 */
export const availability = (points: readonly string[] = searchPoints()): Availability => {
  const choice = choosePackage(points);
  return 'chosen' in choice ? { available: true } : { available: false, reason: choice.reason };
};
