/** One package as rpm writes it. */
import { expect, test } from 'vitest';
import { rpmPackage } from '../../../src/engine/packages/rpm-header.ts';

test('a package with one tag a hundred thousand times is read once, and its name never fills the screen', async () => {
  const count = 100_000;
  const name = Buffer.from('n'.repeat(1_000_000));
  const header = Buffer.alloc(8 + count * 16);
  header.writeUInt32BE(count, 0);
  header.writeUInt32BE(name.length, 4);
  for (let at = 8; at < header.length; at += 16) {
    header.writeUInt32BE(1000, at);
    header.writeUInt32BE(6, at + 4);
  }
  const found = rpmPackage(Buffer.concat([header, name]));
  expect(found.name.length).toBeLessThan(300);
});
