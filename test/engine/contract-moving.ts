/** The contract: images on their way between an engine, registries and archives. */
import { afterAll, beforeAll, describe } from 'vitest';
import { archivesContract } from './contract-archives.ts';
import { pullingContract } from './contract-pulling.ts';
import { allImages, type GetSubject } from './contract-subject.ts';

export function movingContract(get: GetSubject): void {
  describe('moving images', () => {
    let known = new Set<string>();
    beforeAll(async () => {
      known = new Set((await allImages(get().engine)).keys());
    });
    // What comes after it finds the store as it was.
    afterAll(async () => {
      const { engine, maker } = get();
      for (const { id, references } of await engine.list()) {
        if (known.has(id)) continue;
        for (const reference of references) await maker.remove(reference);
        if (references.length === 0) await maker.remove(id, { force: true });
      }
    });
    pullingContract(get);
    archivesContract(get);
  });
}
