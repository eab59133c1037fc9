/** The contract: the layers of an image. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { allImages, type GetSubject, imageOf } from './contract-subject.ts';

export function layersContract(get: GetSubject): void {
  describe('layers', () => {
    test('are those of the image, from the base up, with true chain ids', async () => {
      const { engine, kind } = get();
      for (const id of (await allImages(engine)).keys()) {
        const { diffIds } = await engine.inspect(id);
        const answer = await engine.layers(id);
        expect(answer.id).toBe(id);
        expect(answer.layers.map((layer) => layer.diffId)).toEqual(diffIds);
        for (const layer of answer.layers) {
          expect(layer.chainId).toMatch(/^sha256:[0-9a-f]{64}$/);
          expect(Number.isSafeInteger(layer.size) && layer.size >= 0).toBe(true);
        }
        if (kind === 'docker-classic' || kind === 'podman') {
          expect(answer.layers.map((layer) => layer.chainId)).toEqual(chainIds(diffIds));
        }
        if (!answer.exact) expect(answer.reason ?? '').not.toBe('');
      }
    });

    test('are shared by images that were built on each other', async () => {
      const { engine } = get();
      const chain = async (name: string) => (await engine.layers(name)).layers.map((layer) => layer.chainId);
      const [base, app, child, lone] = [
        await chain('base:1'),
        await chain('app:1'),
        await chain('app:2'),
        await chain('lone:1'),
      ];
      expect(app.slice(0, base.length)).toEqual(base);
      expect(child.slice(0, app.length)).toEqual(app);
      expect(child.length).toBe(app.length + 1);
      expect(lone.filter((id) => base.includes(id))).toEqual([]);
    });

    test('have sizes that add up to the image on a classic store', async (context) => {
      const { engine, kind } = get();
      context.skip(kind !== 'docker-classic', 'only classic Docker counts an image by its layers');
      for (const image of (await allImages(engine)).values()) {
        const { layers, exact } = await engine.layers(image.id);
        expect(exact).toBe(true);
        expect(layers.reduce((sum, layer) => sum + layer.size, 0)).toBe(image.size);
      }
      expect((await engine.layers('app:1')).layers.at(-1)?.size).toBe(5000);
    });

    test('tell the instruction that made them', async () => {
      const { engine } = get();
      const { layers } = await engine.layers('app:2');
      expect(layers.at(-1)?.createdBy).toMatch(/COPY|ADD/);
      expect((await engine.layers('cjk:1')).layers.at(-1)?.createdBy).toContain('/greeting');
    });

    test('are right where steps change nothing', async () => {
      const { engine, maker, kind } = get();
      const steps = ['ENV A=1', 'RUN true', 'COPY x /x', 'ENV B=2', 'RUN true', 'COPY y /y'];
      const id = await maker.build('base:1', steps, { tags: ['quiet:1'], files: { x: 'xxx', y: 'yyyyy' } });
      const answer = await engine.layers(id);
      expect(answer.layers.map((layer) => layer.diffId)).toEqual((await engine.inspect(id)).diffIds);
      const copies = answer.layers.filter((layer) => /COPY/.test(layer.createdBy));
      if (kind === 'docker-classic' && answer.exact) {
        expect(copies.map((layer) => layer.size)).toEqual([3, 5]);
        const { size } = await imageOf(engine, id);
        expect(answer.layers.reduce((sum, layer) => sum + layer.size, 0)).toBe(size);
      }
      await maker.remove('quiet:1');
    });
  });
}

/** OCI image spec, "Layer ChainID". */
function chainIds(diffIds: readonly string[]): string[] {
  const chain: string[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    const sum = () => createHash('sha256').update(`${below} ${diffId}`).digest('hex');
    chain.push(below === undefined ? diffId : `sha256:${sum()}`);
  }
  return chain;
}
