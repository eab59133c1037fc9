/** Root filesystems for base images that need no network. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './command.ts';
import { debianRoot, unpackedPackages } from './debian-packages.ts';
import { type TarEntry, tarOf } from './tar.ts';

/** The path of a static busybox; got from Debian where the machine has none. Rejects with the reason. */
export async function staticBusybox(): Promise<string> {
  for (const path of ['/bin/busybox', '/usr/bin/busybox']) {
    if (existsSync(path) && !isDynamic(await readFile(path))) return path;
  }
  const suite = debianRoot();
  if (suite === '') throw new Error('this machine has no static busybox');
  const root = await unpackedPackages(suite, ['busybox-static']);
  return [join(root, 'bin/busybox'), join(root, 'usr/bin/busybox')].find((path) => existsSync(path)) ?? '';
}

/** A bootable little system, about 2 MB: busybox with all its names, `/etc/passwd`, `/tmp`. */
export async function busyboxRootfs(): Promise<Buffer> {
  const path = await staticBusybox();
  const names = (await run(path, ['--list'])).split('\n').filter((name) => name !== '' && name !== 'busybox');
  return await tarOf([
    ...directories,
    { name: 'bin/busybox', content: await readFile(path), mode: 0o755 },
    ...names.map((name): TarEntry => ({ name: `bin/${name}`, link: 'busybox' })),
  ]);
}

/** A root filesystem that runs nothing; `salt` makes it another image, `bytes` its size. */
export async function tinyRootfs(salt = '', bytes = 64): Promise<Buffer> {
  return await tarOf([...directories, { name: 'salt', content: Buffer.alloc(bytes, `${salt}.`) }]);
}

const directories: readonly TarEntry[] = [
  ...['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'var'].map((name) => ({ name: `${name}/` })),
  { name: 'etc/passwd', content: 'root:x:0:0:root:/root:/bin/sh\n' },
  { name: 'etc/group', content: 'root:x:0:\n' },
];

/** A 64-bit ELF program that asks for a loader (has a PT_INTERP program header). */
function isDynamic(elf: Buffer): boolean {
  const PT_INTERP = 3;
  const [start, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, n) => elf.readUInt32LE(start + n * size)).includes(PT_INTERP);
}
