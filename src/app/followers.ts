/** All that keeps itself up to date while the app runs: begun together, and ended together. */
import { join } from 'node:path';
import type { JobSettings } from '../config.ts';
import { followActs } from './act-list.ts';
import { announceJobs } from './announcing.ts';
import type { App } from './app.ts';
import { findBuildable } from './build-finding.ts';
import { followContainer } from './changes.ts';
import { followCurrent } from './detail-following.ts';
import { watchElsewhere } from './elsewhere.ts';
import { followMarks } from './marks-cost.ts';
import { followPins, type PinBook } from './pin-book.ts';
import { followPlanner } from './planner-following.ts';
import { keepRules } from './planner-memory.ts';
import { followTrash } from './planner-trash.ts';
import { followUses } from './planner-uses.ts';
import { recallWhenLookedAt } from './recalling.ts';
import { fadeToasts } from './toast-fading.ts';
import { followUnused } from './unused-images.ts';
import { keepUses } from './use-keeping.ts';
import { followVolumes } from './volume-loading.ts';
import { followWaste } from './waste-following.ts';

export interface Followers {
  /** No more is followed; what is to be written still is. */
  stop(): void;
  /** Writes what is to be found again in the next run. */
  write(): Promise<unknown>;
}

export interface FollowOptions {
  readonly jobs: JobSettings;
  /** nacre's own for state. */
  readonly folder: string;
  readonly pins: PinBook;
  readonly pinFile: string;
}

/** How long the cursor rests before more is asked for about what it is on, in milliseconds. */
const REST = 80;

export function follow(app: App, { jobs, folder, pins, pinFile }: FollowOptions): Followers {
  const { store } = app;
  const stops = [
    followCurrent(app, REST),
    followContainer(app, REST),
    followMarks(store),
    followPlanner(store),
    followTrash(app),
    followUnused(store),
    followUses(app, folder),
    followVolumes(app),
    followWaste(app),
    findBuildable(store, process.cwd()),
    watchElsewhere(app),
    announceJobs(app, jobs),
    followActs(app),
    followPins(pins, pinFile),
    fadeToasts(app),
  ];
  const writeRules = keepRules(store, join(folder, 'planner.json'));
  const writeUses = keepUses(app, folder);
  recallWhenLookedAt(app);
  return {
    stop: () => {
      for (const stop of stops) stop();
    },
    write: () => Promise.all([writeUses(), writeRules()]),
  };
}
