/** Moving images with commands on every kind of engine: what one writes the next one takes. */
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eachKind } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { tinyRootfs } from '../support/rootfs.ts';
import { removeScratch, scratchFolder } from '../support/scratch.ts';
import { nacre } from './process.ts';

eachKind('moving images', (name) => {
  let engine: TestEngine;
  let registry: TestRegistry;
  let folder: string;
  beforeAll(async () => {
    folder = scratchFolder();
    registry = await startRegistry();
    engine = await startEngine(name, { registries: [registry.address] });
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.stop();
    await removeScratch(folder);
  });

  const on = (env: Record<string, string>) => async (args: readonly string[], input?: Buffer) => {
    const ended = await nacre(args, { env: { XDG_CACHE_HOME: folder, ...env }, ...(input && { input }) });
    expect({ args, ...ended }).toMatchObject({ code: 0 });
    return ended.stdout;
  };
  const engineRun = (args: readonly string[], input?: Buffer) =>
    on({ DOCKER_HOST: engine.host })(args, input);
  const storeRun = (args: readonly string[], input?: Buffer) =>
    on({ NACRE_STORE: join(folder, 'store') })(args, input);
  const diffIds = async (run: typeof engineRun, image: string) =>
    run(['inspect', '-f', '{{json .RootFS.Layers}} {{json .Config.Cmd}}', image]);

  it('goes from a tar over this engine, a registry and the store back to it', async () => {
    const image = `${registry.address}/lab/made:1`;
    const id = (await engineRun(['import', '-c', 'CMD ["/a"]', '-', image], await tinyRootfs('made'))).trim();
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    const made = await diffIds(engineRun, image);
    expect(made).toContain('["/a"]');

    expect(await engineRun(['push', image])).toMatch(/^1: digest: sha256:[0-9a-f]{64}( size: \d+)?\n$/);
    expect(await storeRun(['pull', image])).toMatch(
      /^Digest: .*\nStatus: Downloaded newer image for .*\n.*\n$/,
    );
    expect(await diffIds(storeRun, image)).toBe(made);

    const file = join(folder, `${name}.tar`);
    await storeRun(['save', '--compress', 'gzip', '-o', file, image]);
    await engineRun(['rmi', image]);
    expect(await engineRun(['load', '-i', file])).toContain(`Loaded image: ${image}\n`);
    expect(await diffIds(engineRun, image)).toBe(made);

    await engineRun(['rmi', image]);
    expect(await engineRun(['pull', image])).toMatch(
      /^(Digest: sha256:[0-9a-f]{64}\n)?Status: Downloaded newer image for .*\n.*\n$/,
    );
    expect(await engineRun(['pull', image])).toContain(`Status: Image is up to date for ${image}\n`);
    expect(await diffIds(engineRun, image)).toBe(made);

    const back = join(folder, `${name}-back.tar`);
    await engineRun(['save', '-q', '-o', back, image]);
    await storeRun(['rmi', image]);
    expect(await storeRun(['load', '-i', back])).toBe(`Loaded image: ${image}\n`);
    expect(await diffIds(storeRun, image)).toBe(made);
  }, 180_000);

  it('says in one line what cannot be had, and leaves nothing behind', async () => {
    const missing = join(folder, 'none.tar');
    writeFileSync(join(folder, 'broken.tar'), 'no archive at all'.repeat(100));
    for (const args of [
      ['pull', `${registry.address}/lab/none:1`],
      ['push', `${registry.address}/lab/none:1`],
      ['save', '-o', missing, 'none:1'],
      ['load', '-i', join(folder, 'broken.tar')],
      ['import', join(folder, 'broken.tar'), 'broken:1'],
    ]) {
      const ended = await nacre(args, { env: { DOCKER_HOST: engine.host } });
      expect({ args, ...ended }).toMatchObject({ code: 1, stdout: '' });
      expect(ended.stderr.trimEnd().split('\n').at(-1), args.join(' ')).toMatch(/^nacre: .+\. .+/);
    }
    expect(() => statSync(missing)).toThrow('ENOENT');
    expect(await engineRun(['images', '-q', 'broken'])).toBe('');
  });
});
