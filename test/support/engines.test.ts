import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { eachEngine } from './engine-group.ts';
import { startEngine } from './engines.ts';
import { ImageMaker } from './image-maker.ts';
import { sweepScratch } from './scratch.ts';

eachEngine('a test engine', (name) => {
  test('keeps its images through a kill, and its folder goes with stop', async () => {
    await using engine = await startEngine(name);
    const maker = new ImageMaker(engine);
    const id = await maker.tiny('kept:1');
    await engine.kill();
    expect(await engine.api.isUp()).toBe(false);
    await engine.restart();
    expect((await maker.images()).map((image) => image.Id.replace('sha256:', ''))).toContain(
      id.replace('sha256:', ''),
    );
    await engine.stop();
    expect(existsSync(dirname(engine.socket))).toBe(false);
  });

  test('dies with the process that started it, containers and mounts too', async () => {
    const starter = spawn(process.execPath, [`${import.meta.dirname}/start-and-wait.ts`, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [socket] = await once(starter.stdout, 'data');
    const folder = dirname(dirname(String(socket).trim()));
    expect(processesOf(folder)).not.toEqual([]);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    const deadline = Date.now() + 10_000;
    while (processesOf(folder).length > 0 && Date.now() < deadline) await sleep(20);
    expect(processesOf(folder)).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(folder);
    await sweepScratch();
    expect(existsSync(folder)).toBe(false);
    expect(cgroupsOf(folder)).toEqual([]);
  });
});

function cgroupsOf(folder: string): string[] {
  const root = '/sys/fs/cgroup';
  return ['.', ...readdirSync(root)]
    .map((name) => join(root, name, basename(folder)))
    .filter((path) => existsSync(path));
}

/** Pids of processes that name the folder in their arguments or live in it (a container's root is in there). */
function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    return [`/proc/${pid}/cmdline`, `/proc/${pid}/mountinfo`].some((file) => {
      try {
        return readFileSync(file, 'utf8').includes(folder);
      } catch {
        return false;
      }
    });
  });
}
