/** The contract: building images, with every builder an engine has. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BuildEvent, BuildOptions } from '../../src/engine/build.ts';
import { EngineError } from '../../src/engine/errors.ts';
import { contextOf, followBuild, startBuild, stepsOf } from './contract-build-events.ts';
import { builders } from './contract-builders.ts';
import { buildingEndsContract } from './contract-building-ends.ts';
import { buildingSecretsContract } from './contract-building-secrets.ts';
import { allImages, failure, type GetSubject, imageOf } from './contract-subject.ts';

const STAGES = [
  'FROM base:1 AS one',
  'ARG WHO',
  'RUN echo one for $WHO; echo oops >&2; echo $WHO > /one',
  'FROM base:1 AS two',
  'COPY hello.txt /two',
  'RUN sleep 0.1; cat /two',
  'FROM base:1 AS three',
  'COPY --from=one /one /',
  'COPY --from=two /two /',
  'CMD ["three"]',
  'FROM three AS never',
  'RUN exit 9',
];

export function buildingContract(get: GetSubject): void {
  describe('building', () => {
    let known = new Set<string>();
    beforeAll(async () => {
      known = new Set((await allImages(get().engine)).keys());
    });
    // What comes after it finds the store as it was.
    afterAll(async () => {
      const { engine, maker, kind } = get();
      if (kind === 'embedded') return;
      for (let left = Number.POSITIVE_INFINITY; ; ) {
        const images = [...(await allImages(engine)).values()].filter(({ id }) => !known.has(id));
        if (images.length === 0 || images.length >= left) break;
        left = images.length;
        for (const { id, references } of images) {
          for (const name of references.length > 0 ? references : [id]) {
            await maker.remove(name, { force: true }).catch(() => {});
          }
        }
      }
    });

    const { each, build } = builders(get);

    test('is there, or it is said why not', () => {
      const { engine } = get();
      expect(engine.builder === undefined).toBe(engine.absent.builder !== undefined);
      if (engine.builder === undefined) expect(engine.absent.builder).not.toBe('');
      else expect(new Set(engine.builder.kinds).size).toBeGreaterThan(0);
    });

    each(
      'three stages makes the one that is wanted, with its names, arguments and labels',
      async (builder, name) => {
        const { engine } = get();
        const options: BuildOptions = {
          builder,
          references: [`${name}:1`, `${name}/other`],
          target: 'three',
          args: { WHO: 'the world' },
          labels: { colour: 'dark green', 'a.b/c': '"quoted"' },
        };
        const files = { 'hello.txt': 'hello from the context\n' };
        const { result, steps, printed, events } = await build(STAGES, options, files);
        expect(result.references).toEqual([`${name}:1`, `${name}/other:latest`]);
        const image = await imageOf(engine, result.id);
        expect(image.references).toEqual([`${name}/other:latest`, `${name}:1`].sort());
        const { config } = await engine.inspect(result.id);
        expect(config.labels).toMatchObject(options.labels ?? {});
        expect(config.cmd).toEqual(['three']);
        expect(printed).toContain('out one for the world');
        expect(printed).toContain(`${builder === 'buildah' ? 'out' : 'err'} oops`);
        expect(printed).toContain('out hello from the context');
        const run = stepsOf(events, 'RUN echo one')[0];
        const cat = stepsOf(events, 'RUN sleep')[0];
        expect([run?.stage, cat?.stage]).toEqual(['one', 'two']);
        expect(run?.endedAt ?? 0).toBeGreaterThan(run?.startedAt ?? 0);
        const copy = stepsOf(events, 'COPY --from=one')[0];
        expect(copy).toMatchObject({ stage: 'three', state: 'done', of: expect.any(Number) });
        expect(copy?.inputs).toContain(run?.id);
        expect(stepsOf(events, 'COPY --from=two')[0]?.inputs).toEqual(
          expect.arrayContaining([copy?.id, cat?.id]),
        );
        expect(steps.map((step) => step.stage)).not.toContain('never');
        const sent = events.flatMap((event) => (event.type === 'part' ? [event] : []));
        expect(events[0]).toEqual(sent[0]);
        expect(sent.at(-1)).toMatchObject({ id: 'context', stage: 'done', done: sent.at(-1)?.total });
        expect(sent.at(-1)?.done).toBeGreaterThan(1000);

        const again = await build(STAGES, { ...options, references: [] }, files);
        for (const { name, state } of again.steps)
          if (!/^(FROM|ARG)/.test(name)) expect(state, name).toBe('cached');
        expect(again.printed).toEqual([]);
        if (builder === 'classic') expect(again.result.id).toBe(result.id);
        const anew = await build(STAGES.slice(0, 3), { builder, args: { WHO: 'the world' }, noCache: true });
        expect(anew.printed).toContain('out one for the world');
      },
    );

    each('a step that fails says which, with its exit code and last lines', async (builder, name) => {
      const { engine } = get();
      const before = [...(await allImages(engine)).keys()];
      const dockerfile = [
        'FROM base:1',
        'RUN echo good',
        'RUN echo bad >&2; sleep 0.1; exit 3',
        'RUN echo never',
      ];
      const seen: BuildEvent[] = [];
      const failed = followBuild(
        startBuild(engine, await contextOf(dockerfile), { builder, references: [`${name}:failed`] }),
        seen,
      );
      const error = await failure(failed, 'build-failed');
      expect(error.message).toContain('RUN echo bad >&2; sleep 0.1; exit 3');
      expect(error.message).toContain('exit code 3');
      expect(error.detail).toBe('bad');
      const runs = stepsOf(seen, 'RUN').sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
      expect(runs.map(({ state }) => state)).toEqual(
        builder === 'buildkit' ? ['done', 'failed', 'waiting'] : ['done', 'failed'],
      );
      expect(runs[1]?.error).toContain('3');
      const images = await allImages(engine);
      expect([...images.values()].flatMap((image) => image.references)).not.toContain(`${name}:failed`);
      // Text builders keep the steps that went well.
      if (builder === 'buildkit') expect([...images.keys()].sort()).toEqual(before.sort());
      expect(await get().maker.containers()).toHaveLength(2);
    });

    each('what is not there is told by its name', async (builder) => {
      const { engine, registries } = get();
      const base = `${registries.open.address}/nobody/at-home:1`;
      const fails = async (dockerfile: string[], options: BuildOptions = {}) => {
        const error = await followBuild(
          startBuild(engine, await contextOf(dockerfile), { builder, ...options }),
        ).then(
          () => undefined,
          (thrown: EngineError) => thrown,
        );
        expect(error).toBeInstanceOf(EngineError);
        expect(error?.hint).not.toBe('');
        return `${error?.code}: ${error?.message}`;
      };
      const syntax = await fails(['FROM base:1', '', 'FLY away']);
      expect(syntax.toLowerCase()).toMatch(/^bad-input: dockerfile.*unknown instruction.*fly/);
      if (builder !== 'buildah') expect(syntax).toContain('line 3');
      expect(await fails(['FROM base:1'], { dockerfile: 'deep/Other' })).toMatch(
        /^bad-input: .*no deep\/Other/,
      );
      expect(await fails(['FROM base:1'], { dockerfile: '../Other' })).toMatch(/^bad-input: .*outside/);
      expect(await fails(['FROM base:1'], { target: 'second' })).toMatch(
        /^bad-input: .*no stage called second/,
      );
      expect(await fails(['FROM base:1', 'COPY missing /'])).toMatch(
        /^build-failed: .*COPY missing \/.*not in the context/,
      );
      expect(await fails([`FROM ${base}`, 'RUN true'])).toContain(
        `not-found: cannot pull the base image ${base}`,
      );
      expect(await fails(['# nothing'])).toMatch(/^bad-input: /);
      expect(await fails(['FROM base:1'], { references: ['No:Name'] })).toMatch(/^bad-input: /);
      expect(await fails(['FROM base:1'], { platform: 'no such' })).toMatch(/^bad-input: /);
    });

    test('with a builder that is not there is unsupported', async (context) => {
      const { engine, kind } = get();
      context.skip(engine.builder === undefined, `no builder: ${engine.absent.builder}`);
      const builder = kind === 'podman' ? 'buildkit' : 'buildah';
      await failure(build('FROM base:1', { builder }), 'unsupported');
    });

    each('another Dockerfile of a packed context prints lines that steer no terminal', async (builder) => {
      const { engine } = get();
      const dockerfile = [
        'FROM base:1',
        'COPY deep/file /file',
        "RUN cat /file; printf '\\033[31mred\\033[0m \\033]0;title\\007end\\n10%%\\r50%%\\r100%%\\r\\n\\n'; head -c 10000 /dev/zero | tr '\\0' x; printf '\\n\\377 ä\\nno newline'",
      ];
      const files = { 'deep/down.Dockerfile': dockerfile.join('\n'), 'deep/file': 'found\n' };
      const context = gzipSync(await contextOf('FROM scratch', files));
      const options = { builder, dockerfile: './deep/down.Dockerfile' };
      const { printed, result } = await followBuild(startBuild(engine, context, options));
      expect((await imageOf(engine, result.id)).references).toEqual([]);
      const texts = printed.map((text) => text.slice('out '.length));
      expect(texts.filter((text) => !/^x+$/.test(text))).toEqual([
        'found',
        'red end',
        '100%',
        '',
        '\ufffd ä',
        'no newline',
      ]);
      expect(texts.filter((text) => /^x+$/.test(text)).map((text) => text.length)).toEqual([
        4096, 4096, 1808,
      ]);
    });

    buildingSecretsContract(get);

    buildingEndsContract(get);
  });
}
