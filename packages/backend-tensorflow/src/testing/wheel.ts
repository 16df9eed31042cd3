import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fakeSitePackages, place, temporary } from './trees';

/** Writes a wheel as PyPA describes it: the files, and a RECORD with their SHA-256. argv: wheel, tree, changed files. */
const WRITE = `
import base64, hashlib, json, os, sys, zipfile
wheel, tree, info, changed = sys.argv[1:]
changed = json.loads(changed)
with zipfile.ZipFile(wheel, 'w', zipfile.ZIP_DEFLATED) as archive:
    record = []
    for folder, _, names in os.walk(tree):
        for name in sorted(names):
            path = os.path.join(folder, name)
            inside = os.path.relpath(path, tree)
            data = open(path, 'rb').read()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
            record.append(f'{inside},sha256={digest},{len(data)}')
            archive.writestr(inside, changed.get(inside, data))
    archive.writestr(info + '/RECORD', '\\n'.join(record + [info + '/RECORD,,']))
`;

const fill = (tree: string, name: string, version: string, filler: number): void => {
  const info = `${name}-${version}.dist-info`;
  place(
    join(tree, info, 'METADATA'),
    `Metadata-Version: 2.1\nName: ${name.replaceAll('_', '-')}\nVersion: ${version}\n`,
  );
  place(join(tree, info, 'WHEEL'), 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n');
  if (name.startsWith('nvidia')) {
    place(join(tree, 'nvidia', 'cudnn', 'lib', 'libcudnn.so.9'));
    return;
  }
  fakeSitePackages({ folder: tree, version, cuda: name === 'tensorflow' });
  place(join(tree, 'tensorflow', 'include', 'LICENSE'), 'Apache');
  place(join(tree, 'tensorflow', 'python', 'module.py'), '#');
  place(join(tree, 'tensorflow', 'include', 'tsl', 'filler.h'), 'x'.repeat(filler));
};

/**
 * A wheel with what `setup` looks for, packed by Python's own zipfile.
 *
 * @param changed files whose text is another than the RECORD states.
 * @param filler size of a header that makes the unpacked wheel large, in bytes.
 * @returns its path.
 */
export const fakeWheel = (
  folder: string,
  name: 'tensorflow' | 'tensorflow_cpu' | 'nvidia_cudnn_cu12',
  version: string,
  changed: Readonly<Record<string, string>> = {},
  filler = 0,
): string => {
  const tree = temporary();
  fill(tree, name, version, filler);
  // What `fakeSitePackages` makes of CUDA beside a wheel is not in the wheel of TensorFlow.
  if (name === 'tensorflow') rmSync(join(tree, 'nvidia'), { recursive: true });
  const wheel = join(folder, `${name}-${version}-py3-none-any.whl`);
  execFileSync('python3', [
    '-c',
    WRITE,
    wheel,
    tree,
    `${name}-${version}.dist-info`,
    JSON.stringify(changed),
  ]);
  return wheel;
};
