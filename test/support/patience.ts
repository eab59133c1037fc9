/** On a busy machine a thread or a disk takes longer than a second: what is waited for is waited for as long as it takes. */
import { vi } from 'vitest';

const LONGEST = 20_000;
const { waitFor } = vi;

vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: LONGEST, ...options });
