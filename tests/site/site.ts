import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The docs site as its build leaves it. */
export const SITE: string = fileURLToPath(new URL('../../apps/docs/.vitepress/dist', import.meta.url));

/** Why a test that needs it is skipped; undefined where it is there. */
export const noSite: string | undefined = existsSync(join(SITE, 'index.html'))
  ? undefined
  : 'the site is not built; run: npm run build -w apps/docs';

/** Files of a built site with this ending, relative to its root. */
export const filesOf = (site: string, ending: string): string[] =>
  readdirSync(site, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => file.replaceAll('\\', '/'))
    .sort();
