/** What a build form suggests: folders with something to build, Dockerfiles, and the stages of one. */
import { dirname, join, relative, resolve } from 'node:path';
import { isGitAddress } from '../engine/context/git-address.ts';
import { expandHome, suggestPaths } from './completion.ts';

/** What is no folder or file of this machine. */
export function isFetched(place: string): boolean {
  return /^https?:\/\//i.test(place) || isGitAddress(place);
}

interface Named {
  readonly context: string;
  readonly Dockerfile: string;
}

/** Dockerfiles below a context and the stages of one, looked up once a form. */
export function createBuildFiles(): {
  contexts(text: string): Promise<readonly string[]>;
  dockerfiles(context: string, text: string): Promise<readonly string[]>;
  stages(from: Named, text: string): Promise<readonly string[]>;
} {
  const found = new Map<string, Promise<readonly string[]>>();
  const under = (folder: string): Promise<readonly string[]> => {
    const known = found.get(folder);
    if (known !== undefined) return known;
    const looked = import('../engine/context/find-dockerfiles.ts').then(({ findDockerfiles }) =>
      findDockerfiles(folder),
    );
    found.set(folder, looked);
    return looked;
  };
  return {
    async contexts(text) {
      if (isFetched(text)) return [];
      if (text !== '' && text !== '.')
        return text.endsWith('/') || text.startsWith('..')
          ? []
          : (await suggestPaths(text, false)).filter((path) => path !== `${text}/`);
      const folders = (await under(process.cwd())).map((file) => dirname(file));
      return [...new Set(folders.filter((folder) => folder !== '.'))];
    },
    async dockerfiles(context, text) {
      if (isFetched(context)) return [];
      const cwd = process.cwd();
      const folder = resolve(cwd, expandHome(context));
      const paths = (await under(folder)).map((file) => relative(cwd, join(folder, file)));
      const others = text === '' ? [] : await suggestPaths(text, false).catch(() => []);
      return [...new Set([...paths.filter((path) => path.includes(text)), ...others])];
    },
    async stages({ context, Dockerfile }, text) {
      if (isFetched(context)) return [];
      const { readFile } = await import('node:fs/promises');
      const { parseDockerfile } = await import('../engine/context/dockerfile.ts');
      const file =
        Dockerfile === '' ? resolve(expandHome(context), 'Dockerfile') : resolve(expandHome(Dockerfile));
      const { stages } = await parseDockerfile(await readFile(file, 'utf8'));
      return stages.map((stage) => stage.name).filter((name) => name !== '' && name.startsWith(text));
    },
  };
}
