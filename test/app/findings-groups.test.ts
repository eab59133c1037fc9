/** What was found, put together: of much in many images only what is looked at is made. */
import { expect, test } from 'vitest';
import { findingRows, newFindings, withSearch } from '../../src/app/findings.ts';
import { duplicateGroup, largeGroup } from '../../src/app/findings-groups.ts';
import type { FoundFile } from '../../src/engine/layers/find-in-layer.ts';
import type { LayerUse } from '../../src/engine/layers/shared-layers.ts';
import { hex } from '../engine/stock-maker.ts';

const layer = { diffId: `sha256:${hex('layer')}`, createdBy: 'COPY', step: 1 };
const file = { path: Buffer.from('a'), type: 'file', size: 3 } as FoundFile;

test('images of a group are named once somebody looks at its row', () => {
  let asked = 0;
  const use = {
    image: { id: 'i', name: 'one' },
    content: { layers: [layer] },
    layer: 0,
  } as unknown as LayerUse;
  const uses = new Proxy([{ ...use, hiddenBy: undefined }], {
    get(target, key, receiver) {
      if (key === 'map') asked++;
      return Reflect.get(target, key, receiver) as unknown;
    },
  });
  const groups = [
    largeGroup({ file, layer, uses }),
    duplicateGroup({ digest: 'sha256:1', size: 3, copies: 2, bytes: 3, places: [{ file, layer, uses }] }),
  ];
  const findings = withSearch({ ...newFindings(), tab: 'largest' }, 'largest', { groups });
  const rows = findingRows({ findings });
  expect([rows.length, asked]).toEqual([2, 0]);
  for (const row of rows) expect(row.kind === 'group' && row.uses.map(({ name }) => name)).toEqual(['one']);
  expect(asked).toBe(2);
});
