import { expect, test } from 'vitest';
import { createSlots } from '../../../src/app/slots.ts';

test('so many at a time, the others in the order in which they came', async () => {
  const slots = createSlots(2);
  const order: number[] = [];
  let most = 0;
  let now = 0;
  await Promise.all(
    Array.from({ length: 6 }, async (_, index) => {
      const give = await slots.take(new AbortController().signal);
      order.push(index);
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now--;
      give();
    }),
  );
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

test('who gives up waiting takes no place, and a place given back twice counts once', async () => {
  const slots = createSlots(1);
  const give = await slots.take(new AbortController().signal);
  const cancel = new AbortController();
  const left = slots.take(cancel.signal);
  const next = slots.take(new AbortController().signal);
  cancel.abort();
  await expect(left).rejects.toThrow();
  give();
  give();
  const giveNext = await next;
  let isIn = false;
  const last = slots.take(new AbortController().signal).then((back) => {
    isIn = true;
    return back;
  });
  await new Promise((resolve) => setTimeout(resolve, 2));
  expect(isIn).toBe(false);
  giveNext();
  (await last)();
});
