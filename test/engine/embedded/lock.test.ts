/** The lock between processes: one has it, and a dead one does not keep it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { lutimes, readdir, readlink, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { clearDeadMarks, takeLock, tryLock } from '../../../src/engine/embedded/lock.ts';
import { isAlive, newOwner, type Owner, readOwner, writeOwner } from '../../../src/engine/embedded/owner.ts';
import { removeScratch, scratchFolder } from '../../support/scratch.ts';
import { failure } from '../contract-subject.ts';

const scratch = scratchFolder();
afterAll(() => removeScratch(scratch));

/** Of a process that ran and ended. */
async function deadOwner(): Promise<Owner> {
  const child = spawn('true');
  await once(child, 'exit');
  return { ...newOwner(), pid: child.pid ?? 0, start: '1' };
}

describe('a lock', () => {
  test('is had by one at a time, whoever comes', async () => {
    const path = join(scratch, 'one');
    let holders = 0;
    let most = 0;
    const work = async () => {
      const lock = await takeLock(path);
      most = Math.max(most, ++holders);
      await sleep(1);
      holders--;
      await lock.release();
    };
    await Promise.all(Array.from({ length: 30 }, work));
    expect(most).toBe(1);
    expect(await readdir(scratch)).toEqual([]);
  });

  test('of a dead process is taken by one of those who wait for it', async () => {
    const path = join(scratch, 'dead');
    for (let round = 0; round < 20; round++) {
      await symlink(writeOwner(await deadOwner()), path);
      let holders = 0;
      let most = 0;
      const work = async () => {
        const lock = await takeLock(path);
        most = Math.max(most, ++holders);
        await sleep(1);
        holders--;
        await lock.release();
      };
      await Promise.all(Array.from({ length: 8 }, work));
      expect(most).toBe(1);
    }
    expect(await readdir(scratch)).toEqual([]);
  });

  test('is broken again where the one who was to break it died too', async () => {
    const path = join(scratch, 'twice');
    const dead = await deadOwner();
    await symlink(writeOwner(dead), path);
    await symlink(writeOwner(await deadOwner()), `${path}.${dead.token}.0`);
    const lock = await takeLock(path);
    await lock.release();
    expect(await readdir(scratch)).toEqual([]);
  });

  test('leaves nothing behind that outlives its lock, when who was to break it died at its end', async () => {
    const [gone, breaker] = [await deadOwner(), await deadOwner()];
    const path = join(scratch, 'marked.lock');
    const there = join(scratch, 'there.lock');
    await symlink(writeOwner(breaker), `${path}.${gone.token}.0`);
    await symlink(writeOwner(newOwner()), `${path}.${gone.token}.1`);
    await symlink(writeOwner(gone), there);
    await symlink(writeOwner(breaker), `${there}.${gone.token}.0`);
    await clearDeadMarks(scratch);
    // The living one still needs its own, and whoever breaks the lock that is there needs those of that lock.
    expect((await readdir(scratch)).sort()).toEqual([
      `marked.lock.${gone.token}.1`,
      'there.lock',
      `there.lock.${gone.token}.0`,
    ]);
    for (const name of await readdir(scratch)) await unlink(join(scratch, name));
  });

  test('of another machine is respected as long as it shows signs of life', async () => {
    const path = join(scratch, 'far');
    await symlink(writeOwner({ ...newOwner(), scene: 'elsewhere.1' }), path);
    expect(await tryLock(path)).toBeUndefined();
    const stop = new AbortController();
    const waiting = failure(takeLock(path, stop.signal), 'cancelled');
    stop.abort();
    await waiting;
    const long = Date.now() / 1000 - 3600;
    await lutimes(path, long, long);
    const lock = await tryLock(path);
    expect(readOwner(await readlink(path))?.pid).toBe(process.pid);
    await lock?.release();
  });

  test('is not released by who lost it', async () => {
    const path = join(scratch, 'lost');
    const first = await takeLock(path);
    const content = await readlink(path);
    await unlink(path);
    const second = await takeLock(path);
    await first.release();
    expect(await readlink(path)).not.toBe(content);
    await second.release();
    expect(await tryLock(path)).toBeDefined();
  });
});

describe('an owner', () => {
  test('lives as long as its process, and no longer in one that got its number', async () => {
    const own = newOwner();
    expect(isAlive(own, 0)).toBe(true);
    expect(isAlive({ ...own, start: '12' }, Date.now())).toBe(false);
    expect(isAlive(await deadOwner(), Date.now())).toBe(false);
    const other = spawn('sleep', ['100']);
    const running = { ...own, pid: other.pid ?? 0 };
    expect(isAlive({ ...running, start: '12' }, Date.now())).toBe(false);
    other.kill('SIGKILL');
    await once(other, 'exit');
  });

  test('is written in one word, and anything else is none', () => {
    const own = newOwner();
    expect(readOwner(writeOwner(own))).toEqual(own);
    for (const text of ['', '/etc/passwd', 'a:b:c:d', 'x:1:2:zz']) expect(readOwner(text)).toBeUndefined();
  });
});
