/** The contract: pulling from registries and pushing to them. */
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import type { Engine } from '../../src/engine/engine.ts';
import { isBlob, isManifest, times } from '../support/breaking-proxy.ts';
import { type Published, publish, publishedDigest } from '../support/registry-image.ts';
import { tarOf } from '../support/tar.ts';
import { allImages, failure, type GetSubject, stringsOf } from './contract-subject.ts';
import { cancelWhen, expectEvents, follow } from './contract-transfer.ts';

const SECRET = 'wr0ng-s3cret-of-nobody';

export function pullingContract(get: GetSubject): void {
  const open = (path: string) => `${get().registries.open.address}/${path}`;
  const otherPlatform = () => (get().engine.info.platform === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64');
  const idsOf = async (engine: Engine) => [...(await allImages(engine)).keys()].sort();

  const expectImage = async (
    engine: Engine,
    reference: string,
    image: Published['images'][number] | undefined,
  ) => {
    const detail = await engine.inspect(reference);
    expect(detail.diffIds).toEqual(image?.diffIds);
    expect((await allImages(engine)).get(detail.id)?.references).toContain(reference);
    return detail;
  };

  describe('pull', () => {
    test('brings an image with its config and layers, and says what it was', async () => {
      const { engine, kind } = get();
      const name = open('pull/app:1');
      const content = { layers: [300_000, 70_000, 500], labels: { colour: 'blue' } };
      const published = await publish(name, content);
      const { result, parts, events } = await follow(engine.pull(name));
      expect(result).toMatchObject({ reference: name, changed: true });
      expect(['', published.digest]).toContain(result.digest);
      if (kind !== 'podman') expect(result.digest).toBe(published.digest);
      const detail = await expectImage(engine, name, published.images[0]);
      expect(detail).toMatchObject({ id: result.id, platform: 'linux/amd64' });
      expect(detail.config).toMatchObject({ cmd: ['/file-0'], labels: { colour: 'blue' } });
      expect(parts.length).toBeGreaterThanOrEqual(3);
      const resolved = events.filter((event) => event.type === 'resolved');
      if (result.digest !== '')
        expect(resolved).toEqual([
          { type: 'resolved', reference: name, digest: result.digest, platform: 'linux/amd64' },
        ]);
    });

    test('of what is there already changes nothing', async () => {
      const { engine } = get();
      const name = open('pull/same:1');
      await publish(name);
      const first = await follow(engine.pull(name));
      const before = await engine.list({ all: true });
      const second = await follow(engine.pull(name));
      expect([first.result.changed, second.result.changed]).toEqual([true, false]);
      expect(second.result.id).toBe(first.result.id);
      const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
      expect((await engine.list({ all: true })).sort(byId)).toEqual(before.sort(byId));
    });

    test('moves the name to what the registry has now', async () => {
      const { engine } = get();
      const name = open('pull/moving:1');
      await publish(name);
      const first = await follow(engine.pull(name));
      const second = await publish(name);
      const { result } = await follow(engine.pull(name));
      expect(result.changed).toBe(true);
      expect(result.id).not.toBe(first.result.id);
      await expectImage(engine, name, second.images[0]);
      // Docker 26 with the containerd store drops what loses its last name.
      expect((await allImages(engine)).get(first.result.id)?.references ?? []).toEqual([]);
    });

    test('without a tag means latest, never all tags', async () => {
      const { engine } = get();
      await publish(open('pull/many:latest'));
      await publish(open('pull/many:2'));
      const { result } = await follow(engine.pull(open('pull/many')));
      expect(result.reference).toBe(open('pull/many:latest'));
      const references = (await engine.list()).flatMap((image) => image.references);
      expect(references).toContain(open('pull/many:latest'));
      expect(references).not.toContain(open('pull/many:2'));
    });

    test('by digest brings just that, whatever the tag says now', async () => {
      const { engine } = get();
      const old = await publish(open('pull/pinned:1'));
      await publish(open('pull/pinned:1'));
      const name = open(`pull/pinned@${old.digest}`);
      const { result } = await follow(engine.pull(name));
      expect(result).toMatchObject({ reference: name, digest: old.digest, changed: true });
      expect((await engine.inspect(name)).diffIds).toEqual(old.images[0]?.diffIds);
      expect((await follow(engine.pull(name))).result.changed).toBe(false);
    });

    test('takes the platform of an index that fits, or the one that is asked for', async () => {
      const { engine, kind } = get();
      const other = otherPlatform();
      const name = open('pull/multi:1');
      const published = await publish(name, [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }]);
      const ofPlatform = (platform: string) => published.images[platform === 'linux/amd64' ? 0 : 1];
      const native = await follow(engine.pull(name));
      if (kind !== 'podman') expect(native.result.digest).toBe(published.digest);
      await expectImage(engine, name, ofPlatform(engine.info.platform));
      await engine.remove(name);
      const foreign = await follow(engine.pull(name, { platform: other }));
      expect(foreign.result.changed).toBe(true);
      expect((await engine.inspect(foreign.result.id)).diffIds).toEqual(ofPlatform(other)?.diffIds);
      await failure(follow(engine.pull(name, { platform: 'linux/s390x' })), 'not-found');
      await failure(follow(engine.pull(name, { platform: 'no such' })), 'bad-input');
    });

    test('of all platforms keeps them, or says that this engine cannot', async () => {
      const { engine, kind } = get();
      const name = open('pull/whole:1');
      const published = await publish(name, [{ platform: 'linux/amd64' }, { platform: 'linux/arm64' }]);
      if (kind !== 'embedded') {
        await failure(follow(engine.pull(name, { allPlatforms: true })), 'unsupported');
        return;
      }
      const { result } = await follow(engine.pull(name, { allPlatforms: true }));
      expect(result.digest).toBe(published.digest);
      const again = await follow(engine.pull(name, { platform: otherPlatform() }));
      expect(again.result.changed).toBe(false);
    });

    test('of what is not there says so, and leaves nothing', async () => {
      const { engine } = get();
      await publish(open('pull/lonely:1'));
      const before = await idsOf(engine);
      const error = await failure(follow(engine.pull(open('pull/lonely:2'))), 'not-found');
      expect(error.message).toContain(open('pull/lonely:2'));
      await failure(follow(engine.pull(open('pull/nobody:1'))), 'not-found');
      await failure(follow(engine.pull(open(`pull/lonely@sha256:${'0'.repeat(64)}`))), 'not-found');
      await failure(follow(engine.pull('Not A Name')), 'bad-input');
      expect(await idsOf(engine)).toEqual(before);
    });

    test('from a registry that is not there is unreachable', async () => {
      const { engine } = get();
      for (const registry of ['127.0.0.1:1', 'registry.invalid']) {
        const error = await failure(follow(engine.pull(`${registry}/app:1`)), 'unreachable');
        expect(error.message).toContain(registry);
        expect(error.retryable).toBe(true);
      }
    });

    test('tells of itself in the events', async () => {
      const { engine } = get();
      const name = open('pull/event:1');
      await publish(name);
      await expectEvents(engine, ['pull'], () => follow(engine.pull(name)));
    });

    test('stops when it is aborted before it began', async () => {
      const { engine } = get();
      const signal = AbortSignal.abort();
      await failure(follow(engine.pull(open('pull/app:1'), { signal })), 'cancelled');
      await failure(follow(engine.push(open('pull/app:1'), { signal })), 'cancelled');
    });

    test('stops in the middle when it is aborted, and leaves nothing', async () => {
      const { engine, registries } = get();
      const name = `${registries.slow.address}/pull/slow:1`;
      // Slow is what goes through there: a second for each of these layers at least.
      await publish(open('pull/slow:1'), { layers: [4_000_000, 4_000_000] });
      const before = await idsOf(engine);
      const pull = cancelWhen(
        (signal) => engine.pull(name, { signal }),
        (event) => event.type === 'part' && event.stage !== 'waiting',
      );
      await failure(pull, 'cancelled');
      expect(await idsOf(engine)).toEqual(before);
      const transfer = engine.pull(name);
      await transfer.next();
      await transfer.return(undefined as never);
      expect(await idsOf(engine)).toEqual(before);
      expect((await follow(engine.pull(name))).result.changed).toBe(true);
    });
  });

  describe('push', () => {
    test('brings an image to a registry, from where it comes back the same', async () => {
      const { engine, maker, kind } = get();
      const name = open('push/app:1');
      await maker.layered('base:1', 'pushed-first', {
        tags: [name],
        labels: { colour: 'red' },
        bytes: 400_000,
      });
      const original = await engine.inspect(name);
      const { result, parts } = await follow(engine.push(name));
      expect(result).toMatchObject({ reference: name, digest: await publishedDigest(name) });
      expect(result.size).toBeGreaterThan(100);
      expect(parts.length).toBeGreaterThanOrEqual(1);
      await engine.remove(name);
      await failure(engine.inspect(name), 'not-found');
      const pulled = await follow(engine.pull(name));
      expect(pulled.result).toMatchObject({ changed: true });
      if (kind !== 'podman') expect(pulled.result.digest).toBe(result.digest);
      const copy = await engine.inspect(name);
      expect([copy.diffIds, copy.config, copy.created]).toEqual([
        original.diffIds,
        original.config,
        original.created,
      ]);
      expect(copy.id).toBe(pulled.result.id);
    });

    test('of what the registry has moves nothing', async () => {
      const { engine, maker } = get();
      const name = open('push/twice:1');
      await maker.tiny(name);
      const first = await follow(engine.push(name));
      const second = await follow(engine.push(name));
      expect(second.result).toEqual(first.result);
      expect(await publishedDigest(name)).toBe(first.result.digest);
    });

    test('sends one name and no other of the repository', async () => {
      const { engine, maker } = get();
      await maker.tiny(open('push/names:latest'));
      await maker.tag(open('push/names:latest'), open('push/names:2'));
      await follow(engine.push(open('push/names')));
      expect(await publishedDigest(open('push/names:latest'))).not.toBe('');
      expect(await publishedDigest(open('push/names:2'))).toBe('');
    });

    test('of what is not here says so', async () => {
      const { engine, maker } = get();
      await maker.tiny(open('push/here:1'));
      for (const name of ['push/nothing:1', 'push/here:2']) {
        const error = await failure(follow(engine.push(open(name))), 'not-found');
        expect(error.message).toContain(open(name));
      }
      await failure(follow(engine.push('Not A Name')), 'bad-input');
      await failure(follow(engine.push(open(`push/here@sha256:${'0'.repeat(64)}`))), 'bad-input');
    });

    test('to a registry that is not there is unreachable', async () => {
      const { engine, maker } = get();
      await maker.tiny('127.0.0.1:1/push/app:1');
      const error = await failure(follow(engine.push('127.0.0.1:1/push/app:1')), 'unreachable');
      expect(error.message).toContain('127.0.0.1:1');
    });

    test('of a platform sends it, or says what is here', async () => {
      const { engine, maker } = get();
      const name = open('push/platform:1');
      await maker.tiny(name);
      const { platform } = await engine.inspect(name);
      const { result } = await follow(engine.push(name, { platform })).catch((thrown) => {
        // Older containerd stores cannot take one platform out of several.
        expect(thrown.code).toBe('unsupported');
        return { result: { digest: '' } };
      });
      expect(await publishedDigest(name)).toBe(result.digest);
      await failure(follow(engine.push(name, { platform: otherPlatform() })), 'not-found', 'unsupported');
    });

    test('tells of itself in the events', async (context) => {
      const { engine, maker, kind } = get();
      context.skip(kind === 'podman', 'Podman 4 tells of no push');
      const name = open('push/event:1');
      await maker.tiny(name);
      await expectEvents(engine, ['push'], () => follow(engine.push(name)));
    });

    test('stops in the middle when it is aborted', async () => {
      const { engine, maker, registries } = get();
      const name = `${registries.slow.address}/push/slow:1`;
      await maker.importImage(await tarOf([{ name: 'big', content: randomBytes(8_000_000) }]), name);
      const push = cancelWhen(
        (signal) => engine.push(name, { signal }),
        (event) => event.type === 'part' && event.stage === 'uploading',
        // Podman says so before it begins.
        500,
      );
      await failure(push, 'cancelled');
      expect(await publishedDigest(open('push/slow:1'))).toBe('');
      await follow(engine.push(name));
      expect(await publishedDigest(open('push/slow:1'))).not.toBe('');
    });
  });

  describe('a registry that asks who you are', () => {
    for (const way of ['basic', 'token'] as const) {
      test(`by ${way} authentication lets in who may, both ways`, async () => {
        const { engine, maker, registries } = get();
        const { address, credentials } = registries[way];
        const name = `${address}/${way}/app:1`;
        await maker.tiny(name);
        const pushed = await follow(engine.push(name, { credentials }));
        await engine.remove(name);
        const { result } = await follow(engine.pull(name, { credentials }));
        expect(result.changed).toBe(true);
        expect(['', pushed.result.digest]).toContain(result.digest);
        await failure(follow(engine.pull(`${address}/${way}/app:2`, { credentials })), 'not-found');
      });

      test(`by ${way} authentication keeps out who may not, and tells no secret`, async () => {
        const { engine, maker, registries } = get();
        const { address, credentials } = registries[way];
        const name = `${address}/${way}/closed:1`;
        await maker.tiny(name);
        const wrong = { username: credentials.username, secret: SECRET };
        const tries = [
          () => follow(engine.push(name)),
          () => follow(engine.push(name, { credentials: wrong })),
          () => follow(engine.pull(name)),
          () => follow(engine.pull(name, { credentials: wrong })),
        ];
        for (const attempt of tries) {
          const error = await failure(attempt(), 'unauthorized', 'forbidden');
          expect(`${error.message} ${error.hint}`).toContain(address);
          expect(error.hint).toContain('nacre login');
          const all = stringsOf({
            ...error,
            message: error.message,
            stack: error.stack,
            cause: String(error.cause),
          });
          for (const text of all) {
            expect(text).not.toContain(SECRET);
            expect(text).not.toContain(Buffer.from(`${wrong.username}:${SECRET}`).toString('base64'));
          }
        }
      });
    }
  });

  describe('a registry that fails', () => {
    afterEach(() => get().registries.breaking.heal());
    const breaking = (path: string) => `${get().registries.breaking.address}/${path}`;

    test('once in the middle of a layer is asked again', async () => {
      const { engine, registries } = get();
      const published = await publish(open('broken/once:1'), { layers: [600_000] });
      const cut = { kind: 'cut', after: 200_000 } as const;
      registries.breaking.breaks = times(1, cut, (request) => isBlob(request));
      const { result } = await follow(engine.pull(breaking('broken/once:1')));
      expect(result.changed).toBe(true);
      await expectImage(engine, breaking('broken/once:1'), published.images[0]);
    });

    test('to send the bytes of a layer is found out, and nothing is left', async () => {
      const { engine, registries } = get();
      await publish(open('broken/bytes:1'), { layers: [400_000] });
      const before = await idsOf(engine);
      registries.breaking.breaks = (request) => (isBlob(request) ? { kind: 'corrupt', at: 100 } : undefined);
      await failure(follow(engine.pull(breaking('broken/bytes:1'))), 'corrupt');
      expect(await idsOf(engine)).toEqual(before);
    });

    for (const [status, code, codes] of [
      [403, 'DENIED', ['forbidden', 'unauthorized']],
      [404, 'MANIFEST_UNKNOWN', ['not-found']],
      [500, 'UNKNOWN', ['unreachable']],
      [429, 'TOOMANYREQUESTS', ['unreachable']],
    ] as const) {
      test(`with ${status} ${code} is told by what that means`, async (context) => {
        const { engine, kind, registries } = get();
        context.skip(kind === 'podman' && status === 429, 'Podman tries for minutes before it tells');
        await publish(open('broken/status:1'));
        const message = 'there is something in the way';
        const body = JSON.stringify({ errors: [{ code, message, detail: [] }] });
        const headers = { 'content-type': 'application/json' };
        registries.breaking.breaks = (request) =>
          isManifest(request) ? { kind: 'answer', status, headers, body } : undefined;
        const error = await failure(follow(engine.pull(breaking('broken/status:1'))), ...codes);
        expect(error.retryable).toBe(error.code === 'unreachable');
      });
    }
  });
}
