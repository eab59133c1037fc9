/** The contract: engine facts, containers, disk usage, capabilities, hostile text. */
import { describe, expect, test } from 'vitest';
import { NO_PINS } from '../../src/engine/cleanup/pins.ts';
import { answerRule } from '../../src/engine/cleanup/rule-answers.ts';
import { parseRule } from '../../src/engine/cleanup/rule-text.ts';
import { unusedImages } from '../../src/engine/cleanup/unused-images.ts';
import { NO_USES } from '../../src/engine/cleanup/uses.ts';
import { gatherStock } from '../../src/engine/stock.ts';
import { block, line } from '../../src/engine/text.ts';
import { HOSTILE_LABEL } from '../support/fixtures.ts';
import {
  allImages,
  checkSize,
  type GetSubject,
  imageOf,
  needContainers,
  stringsOf,
} from './contract-subject.ts';

export function usageContract(get: GetSubject): void {
  describe('the engine', () => {
    test('says what it is', async () => {
      const { engine, kind } = get();
      const { info } = engine;
      expect(info.kind).toBe(kind);
      expect(['docker', 'podman', 'embedded']).toContain(info.name);
      expect(info.version).not.toBe('');
      expect(info.platform).toMatch(/^linux\/(amd64|arm64|arm\/v\d|386|ppc64le|riscv64|s390x)$/);
      for (const text of [info.address, info.chosenBy, info.storage, info.imageSize.meaning])
        expect(text).not.toBe('');
      if (info.apiVersion !== '') {
        const [major, minor] = info.apiVersion.split('.').map(Number);
        expect(major).toBe(1);
        expect(minor).toBeGreaterThan(23);
        expect(minor).toBeLessThanOrEqual(51);
      }
      await engine.ping();
    });

    test('has each capability or the reason why not, never both', () => {
      const { engine } = get();
      const capabilities = ['containers', 'volumes', 'buildCache', 'builder', 'builds'] as const;
      for (const capability of capabilities) {
        const reason = engine.absent[capability];
        expect(engine[capability] === undefined, `${capability}: ${reason}`).toBe(reason !== undefined);
        if (reason !== undefined) expect(reason).not.toBe('');
      }
      expect(capabilities).toEqual(expect.arrayContaining(Object.keys(engine.absent)));
    });
  });

  describe('containers', () => {
    test('are listed with the image that they hold', async (context) => {
      const subject = get();
      const containers = await needContainers(subject, context).list();
      const { fixtures } = subject;
      expect(containers).toHaveLength(2);
      const byName = new Map(containers.map((container) => [container.name, container]));
      const web = byName.get('web');
      expect(web).toMatchObject({
        id: fixtures.running,
        imageId: fixtures.side,
        state: 'running',
        running: true,
      });
      expect(web?.image).toBe('side:1');
      expect(web?.status).toMatch(/^Up/);
      const job = byName.get('job');
      expect(job).toMatchObject({
        id: fixtures.stopped,
        imageId: fixtures.cjk,
        state: 'exited',
        running: false,
      });
      expect(job?.status).toMatch(/Exited \(0\)/);
      for (const container of containers)
        expect(Math.abs(container.created - Date.now() / 1000)).toBeLessThan(3600);
    });
  });

  describe('disk usage', () => {
    test('measures disk usage for several askers at once', async () => {
      const { engine } = get();
      const answers = await Promise.all([engine.diskUsage(), engine.diskUsage(), engine.diskUsage()]);
      for (const answer of answers) expect(answer.images).toEqual(answers[0]!.images);
    });

    test('counts what is there', async () => {
      const { engine, fixtures } = get();
      const usage = await engine.diskUsage();
      for (const part of [usage.images, usage.containers, usage.volumes, usage.buildCache]) {
        checkSize(part.size);
        checkSize(part.reclaimable);
        expect(part.active).toBeGreaterThanOrEqual(0);
        expect(part.active).toBeLessThanOrEqual(part.count);
        expect(part.reclaimable.bytes).toBeLessThanOrEqual(part.size.bytes);
      }
      const known = await allImages(engine);
      expect(usage.images.count).toBeGreaterThanOrEqual((await engine.list()).length);
      expect(usage.images.count).toBeLessThanOrEqual(known.size);
      const ids = usage.perImage.map((image) => image.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => !known.has(id))).toEqual([]);
      expect(ids).toEqual(expect.arrayContaining([fixtures.app, fixtures.dangling, fixtures.lone]));
      for (const image of usage.perImage) {
        expect(image.size).toBeGreaterThanOrEqual(0);
        expect(image.sharedSize ?? 0).toBeGreaterThanOrEqual(0);
        expect(image.containers ?? 0).toBeGreaterThanOrEqual(0);
      }
    });

    test('counts containers, and images in use', async (context) => {
      const subject = get();
      needContainers(subject, context);
      const usage = await subject.engine.diskUsage();
      expect(usage.containers).toMatchObject({ count: 2, active: 1 });
      expect(usage.images.active).toBe(2);
      expect(usage.volumes.count).toBe(0);
    });

    test('calls reclaimable what a plan of all unused images frees', async () => {
      const { engine } = get();
      const [stock, { images }] = await Promise.all([gatherStock(engine), engine.diskUsage()]);
      const { count, removable, freed } = unusedImages(stock, NO_PINS);
      checkSize(freed);
      const scene = { stock, uses: NO_USES, pins: NO_PINS, now: Date.now() / 1000 };
      const answer = answerRule(scene, parseRule('unused'));
      expect(freed).toEqual(answer.freed);
      expect(removable).toBe(answer.images.length);
      expect(count).toBeGreaterThanOrEqual(removable);
      // What the engine says by itself must not contradict it.
      const told = images.reclaimable;
      if (told.bound === 'exact' && freed.bound === 'exact') expect(told.bytes).toBe(freed.bytes);
      if (told.bound === 'at-least' && freed.bound === 'exact')
        expect(told.bytes).toBeLessThanOrEqual(freed.bytes);
    });

    test('has a total that is true, or says how far it is', async () => {
      const { engine, kind } = get();
      const { layersTotal } = await engine.diskUsage();
      checkSize(layersTotal);
      expect(layersTotal.bytes > 0 || layersTotal.bound !== 'exact').toBe(true);
      if (kind !== 'docker-classic') return;
      const sizes = new Map<string, number>();
      for (const id of (await allImages(engine)).keys()) {
        for (const layer of (await engine.layers(id)).layers) sizes.set(layer.chainId, layer.size);
      }
      const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
      expect(layersTotal).toMatchObject({ bytes: total, bound: 'exact' });
    });
  });

  describe('hostile text', () => {
    test('never leaves the engine with a control character or a reordering one', async () => {
      const { engine } = get();
      const answers = [
        await engine.list({ all: true }),
        await engine.inspect('hostile:1'),
        await engine.history('hostile:1'),
        await engine.layers('hostile:1'),
      ];
      // All but the newline, which only multi-line texts may keep.
      const forbidden =
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/;
      for (const text of answers.flatMap(stringsOf)) expect(text).not.toMatch(forbidden);
    });

    test('keeps what is harmless in it', async () => {
      const { engine, fixtures } = get();
      const wanted = [line(HOSTILE_LABEL), block(HOSTILE_LABEL)];
      expect(wanted).toContain((await imageOf(engine, fixtures.hostile)).labels['hostile']);
      expect(wanted).toContain((await engine.inspect('hostile:1')).config.labels['hostile']);
      const steps = (await engine.history('hostile:1')).map((row) => row.createdBy).join('\n');
      expect(steps).toMatch(/A=.*x.*y.*z/);
    });
  });
}
