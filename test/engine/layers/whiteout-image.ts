/** An image whose layers do all that a layer can do to those below it, as an archive that every engine loads. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../support/command.ts';
import { tarOf } from '../../support/tar.ts';

export interface WhiteoutImage {
  readonly name: string;
  /** For `POST /images/load`. */
  readonly archive: Buffer;
  /** The same trees, written with the maps of sparse files: Docker takes no such layers, or cannot give them back. */
  readonly sparse: Buffer;
  /** From the base up; the last is one of those before it, once more. */
  readonly diffIds: readonly string[];
}

const NAME = 'test/whiteouts:1';
const LONG = 'n'.repeat(240);
const DEEP = Array.from({ length: 14 }, (_, depth) => `${'deep'.repeat(12)}-${depth}`).join('/');

/** What makes each layer's tree, and how GNU tar writes it. */
const LAYERS: readonly { readonly format: string; readonly script: string }[] = [
  {
    format: 'pax',
    script: `
      mkdir -p dev etc proc sys run tmp; chmod 1777 tmp; echo 'root:x:0:0:root:/:/x' >etc/passwd
      echo 1 >gone; mkdir -p gone-folder/b; echo 1 >gone-folder/a; echo 1 >gone-folder/b/c
      mkdir -p emptied/sub; echo 1 >emptied/old; echo 1 >emptied/sub/old; echo 1 >emptied/again
      echo 1 >file-folder; mkdir folder-file; echo 1 >folder-file/x
      ln -s nowhere link-file; echo 1 >file-link; mkdir folder-link; echo 1 >folder-link/in
      ln -s emptied link-folder; ln -s one link-link
      mkdir links; echo one >links/one; ln links/one links/two; ln links/one links/three; ln links/one other-name
      echo pair >links/left; ln links/left links/right
      mkdir -p kept/deep; echo 1 >kept/file; echo 1 >kept/deep/file; echo 1 >kept/mode; chmod 600 kept/mode
      echo 1 >setuid; chmod 4755 setuid; mkdir setgid; chmod 2775 setgid; echo 1 >secret; chmod 0 secret
      mkfifo pipe fifo-file; mknod character c 1 3; mknod block b 7 200; mknod device-file c 5 1
      : >empty; echo 1 >${LONG}; mkdir -p ${DEEP}; echo deep >${DEEP}/leaf; ln -s ${DEEP}/leaf far
      echo 1 >"$(printf 'raw\\377\\376name')"; echo 1 >"$(printf 'new\\nline\\033[31m')"; echo 1 >'日本 語'; echo 1 >' spaced '
      echo start >sparse; truncate -s 3000000 sparse; echo end >>sparse
      echo 1 >owned; chown 1000:2000 owned; echo 1 >far-owner; chown 3000000:4000000 far-owner
      head -c 300000 /dev/zero | tr '\\0' x >large; echo 1 >.hidden; echo 1 >never.wh.this`,
  },
  {
    format: 'gnu',
    script: `
      : >.wh.gone; : >.wh.gone-folder; mkdir emptied; : >emptied/.wh..wh..opq; echo 2 >emptied/new
      mkdir -p file-folder/in; echo 2 >file-folder/in/x; echo 2 >folder-file
      echo 2 >link-file; ln -s kept file-link; ln -s kept folder-link; mkdir link-folder; echo 2 >link-folder/in
      ln -s two link-link; mkdir links; echo changed >links/one; : >links/.wh.three
      mkdir -p kept/deep; chmod 700 kept/deep; echo 22 >kept/deep/file; echo 1 >kept/mode; chmod 4711 kept/mode
      echo 2 >fifo-file; echo 2 >device-file; mknod file-device c 1 5; : >.wh.never-there
      mkdir added; echo 2 >added/file; echo 2 >"$(printf 'raw\\377\\376name')"; echo 2 >'日本 語'
      : >empty-2; echo 2 >.hidden; chown 7:8 .hidden`,
  },
  {
    format: 'gnu',
    script: `
      echo 3 >gone; truncate -s 700000 holes; echo x >>holes; mkdir -p gone-folder; echo 3 >gone-folder/new; mkdir -p emptied/sub; echo 3 >emptied/sub/new
      echo 3 >emptied/again; : >.wh.added; mkdir -p kept/deep; chmod 750 kept/deep; : >kept/deep/.wh.file
      : >.wh.block; : >.wh.link-link; mkdir links; echo three >links/three; ln links/three links/four
      : >.wh.large; mkdir folder-file; echo 3 >folder-file/y; : >.wh.${LONG}`,
  },
  // An engine takes no notice of a root that is said to be emptied.
  { format: 'gnu', script: ': >.wh..wh..opq' },
  { format: 'ustar', script: 'mkdir last; echo 5 >last/file; echo 5 >gone; chmod 440 gone' },
];
/** Comes again at the end. */
const TWICE = 1;

/** `scratch`: a folder that may be filled. Wants root, for devices and owners. */
export async function whiteoutImage(scratch: string): Promise<WhiteoutImage> {
  const trees = LAYERS.map((_, at) => join(scratch, `layer-${at}`));
  await Promise.all(
    LAYERS.map(async ({ script }, at) => {
      await mkdir(trees[at]!);
      await run('sh', ['-e', '-c', `umask 022\n${script}`], { cwd: trees[at]! });
    }),
  );
  const pack = (flags: (format: string) => readonly string[]) =>
    Promise.all(LAYERS.map(({ format }, at) => packed(trees[at]!, [`--format=${format}`, ...flags(format)])));
  const layers = await pack(() => []);
  const sparse = await archiveOf(await pack((format) => (format === 'ustar' ? [] : ['--sparse'])));
  return { name: NAME, archive: await archiveOf(layers), sparse, diffIds: diffIdsOf(layers) };
}

async function packed(tree: string, flags: readonly string[]): Promise<Buffer> {
  const file = `${tree}.tar`;
  await run('tar', [...flags, '--numeric-owner', '--sort=name', '-cf', file, '-C', tree, '.']);
  return await readFile(file);
}

function diffIdsOf(layers: readonly Buffer[]): string[] {
  const own = layers.map((layer) => `sha256:${createHash('sha256').update(layer).digest('hex')}`);
  return [...own, own[TWICE]!];
}

/** Source: Docker image specification 1.2. */
async function archiveOf(layers: readonly Buffer[]): Promise<Buffer> {
  const diffIds = diffIdsOf(layers);
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/x'] },
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: diffIds.map((_, at) => ({ created: '2024-01-02T03:04:05Z', created_by: `COPY layer-${at} /` })),
  };
  const paths = layers.map((_, at) => `${at}.tar`);
  const item = { Config: 'config.json', RepoTags: [NAME], Layers: [...paths, paths[TWICE]] };
  return await tarOf([
    ...layers.map((content, at) => ({ name: paths[at]!, content })),
    { name: 'config.json', content: JSON.stringify(config) },
    { name: 'manifest.json', content: JSON.stringify([item]) },
  ]);
}
