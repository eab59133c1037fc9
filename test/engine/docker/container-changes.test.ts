/** What Podman is asked about a container that several could be meant by. */
import { expect, test } from 'vitest';
import { containerChanges } from '../../../src/engine/docker/container-changes.ts';
import type { Call } from '../../../src/engine/docker/http.ts';
import type { Session } from '../../../src/engine/docker/session.ts';

const IDS = ['ab', 'ac'].map((start) => start.repeat(32));
const asked: string[] = [];
const session = {
  kind: 'podman',
  http: {
    rows: (call: Call) => {
      asked.push(call.path);
      return Promise.resolve(
        call.path.endsWith('/json') ? IDS.map((Id, index) => ({ Id, Names: [`/box-${index}`] })) : [],
      );
    },
  },
} as unknown as Session;

test('the beginning of an id must be of one container', async () => {
  await containerChanges(session, 'ac');
  expect(asked.at(-1)).toBe(`/containers/${IDS[1]}/changes`);
  await expect(containerChanges(session, 'a')).rejects.toMatchObject({
    code: 'bad-input',
    message: 'the ids of several containers begin with a',
  });
  await expect(containerChanges(session, 'b')).rejects.toMatchObject({ code: 'not-found' });
});
