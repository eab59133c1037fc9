/** Everything the screen shows, as one value. Nothing here is drawn and nothing here acts. */
import type { Choice } from '../engine/choice.ts';
import { NO_USES, type Uses } from '../engine/cleanup/uses.ts';
import type { Container } from '../engine/container.ts';
import type { DiskUsage } from '../engine/disk-usage.ts';
import type { Engine, EngineInfo } from '../engine/engine.ts';
import type { EngineError } from '../engine/errors.ts';
import type { History, Image, ImageDetail } from '../engine/image.ts';
import type { Stock } from '../engine/stock.ts';
import type { ActList } from './act-list.ts';
import type { BuildPage } from './build-page.ts';
import type { Changes } from './changes.ts';
import type { ChangesPage } from './changes-page.ts';
import type { ResultPage } from './clean-up-result.ts';
import type { ComparePage } from './compare-page.ts';
import type { ContainerList } from './container-list.ts';
import type { FileView } from './file-view.ts';
import type { FilesPage } from './files-page.ts';
import type { FilesWaste, WastePage } from './files-waste.ts';
import type { Findings } from './findings.ts';
import { FOREST_VIEW, type ForestView } from './forest-view.ts';
import type { Job } from './jobs.ts';
import type { LogPage } from './log-page.ts';
import type { MarksCost } from './marks-cost.ts';
import type { Overlay } from './overlay.ts';
import { type KnownPins, NO_KNOWN_PINS } from './pin-book.ts';
import { newPlanner, type Planner } from './planner.ts';
import type { RuleFigures } from './planner-figures.ts';
import type { PlannedTrash } from './planner-trash.ts';
import type { PlannerWork } from './planner-work.ts';
import type { RunEnding } from './run-ending.ts';
import type { TextField } from './text-field.ts';
import type { UnusedFigure } from './unused-images.ts';

export type ScreenId = 'images' | 'layers' | 'disk' | 'jobs';
export const SCREENS: readonly ScreenId[] = ['images', 'layers', 'disk', 'jobs'];

export type PaneId = 'tagged' | 'dangling' | 'intermediate';
export const PANES: readonly PaneId[] = ['tagged', 'dangling', 'intermediate'];

export type SortColumn = 'own' | 'size' | 'age' | 'use' | 'name';
export const SORT_COLUMNS: readonly SortColumn[] = ['own', 'size', 'age', 'use', 'name'];

export type Connection =
  | { readonly status: 'connecting'; readonly address: string }
  | { readonly status: 'connected'; readonly info: EngineInfo }
  /** It does not answer (any more, where `info` is set); `retryAt` in milliseconds, 0 while an attempt runs. */
  | {
      readonly status: 'lost';
      readonly info: EngineInfo | undefined;
      readonly address: string;
      readonly error: EngineError;
      readonly since: number;
      readonly attempt: number;
      readonly retryAt: number;
    };

/** An engine that could be used instead. */
export interface EngineOption {
  readonly address: string;
  readonly label: string;
  /** Why it cannot be used, `''` when it can. */
  readonly problem: string;
  /** What else is worth knowing, one phrase; `''` where there is nothing. */
  readonly note: string;
  readonly choice: Choice;
}

/** What is known of the image under the cursor; parts arrive one by one. */
export interface Details {
  readonly id: string;
  readonly detail?: ImageDetail;
  readonly history?: readonly History[];
  readonly error?: EngineError;
}

export type PageTab = 'overview' | 'history' | 'used by' | 'inspect';
export const PAGE_TABS: readonly PageTab[] = ['overview', 'history', 'used by', 'inspect'];

/** The page of one image, over the screen it was opened from. */
export interface Page {
  readonly id: string;
  readonly tab: PageTab;
  readonly top: number;
  readonly search: string;
}

/** A list's place: the row under the cursor by identity, and the first row drawn. */
export interface Place {
  readonly cursor: string | undefined;
  readonly top: number;
}

export interface Toast {
  readonly tone: 'plain' | 'good' | 'bad';
  readonly text: string;
}

export interface AppState {
  readonly columns: number;
  readonly rows: number;
  /** Unix seconds; moves once a minute, so that ages stay true without work in between. */
  readonly now: number;
  readonly readOnly: boolean;
  /** Changes are written down, so that they can be taken back. */
  readonly journaled: boolean;
  /** The person's home folder, shown as `~`; `''` where that is not wanted. */
  readonly home: string;
  readonly screen: ScreenId;
  readonly connection: Connection;
  /** Why the engine lacks what others have. */
  readonly absent: Engine['absent'];
  readonly otherEngines: readonly EngineOption[];
  readonly images: readonly Image[];
  /** Milliseconds; undefined before the first list. */
  readonly listedAt: number | undefined;
  readonly containers: readonly Container[];
  /** What the ledger and the forest are made from; undefined before the first list. */
  readonly stock: Stock | undefined;
  /** Layers of so many images are read; undefined when all are. */
  readonly reading: { readonly done: number; readonly total: number } | undefined;
  readonly usage: DiskUsage | undefined;
  /** What removing all unused images frees, as it was last worked out. */
  readonly unused: UnusedFigure | undefined;
  readonly focus: PaneId;
  readonly places: Readonly<Record<PaneId, Place>>;
  readonly marks: ReadonlySet<string>;
  readonly marksCost: MarksCost | undefined;
  /** What no bulk action takes. */
  readonly pins: KnownPins;
  /** What is known of when images were used, once somebody has looked at the planner. */
  readonly uses: Uses;
  readonly planner: Planner;
  /** The plan of all that is marked, as it was last worked out. */
  readonly cleanup: PlannerWork | undefined;
  /** What the trash would take of a plan. */
  readonly plannedTrash: PlannedTrash | undefined;
  /** What each rule would do alone, as far as it was worked out. */
  readonly ruleFigures: RuleFigures | undefined;
  /** Where a range began, while one is drawn. */
  readonly rangeFrom: string | undefined;
  readonly filter: string;
  /** The text field that has the keyboard on a screen: the filter, or a page's search. */
  readonly field: TextField | undefined;
  readonly sort: { readonly column: SortColumn; readonly reverse: boolean };
  readonly details: Details | undefined;
  readonly page: Page | undefined;
  /** Layers screen: chain IDs of closed branches, and the place in the tree. */
  readonly closed: ReadonlySet<string>;
  readonly forestPlace: Place;
  readonly forestView: ForestView;
  readonly jobs: readonly Job[];
  /** Whether those of earlier runs are among them: they are read when somebody looks. */
  readonly jobsRecalled: boolean;
  readonly jobPlace: Place;
  /** The first row shown of the job under the cursor. */
  readonly jobTop: number;
  /** The whole log of one job, over the jobs screen. */
  readonly log: LogPage | undefined;
  /** What became of a removal, over the screen that was open. */
  readonly result: ResultPage | undefined;
  /** The screen of one build, over the jobs screen. */
  readonly buildPage: BuildPage | undefined;
  /** A Dockerfile that was found where nacre was started: `./Dockerfile`; `''` where none was. */
  readonly buildable: string;
  readonly diskTop: number;
  /** The containers, over the screen they were opened from. */
  readonly containerList: ContainerList | undefined;
  /** What is known of how the container that a person looks at differs from its image. */
  readonly changes: Changes | undefined;
  /** All of those paths, over the list of containers or the screen. */
  readonly changesPage: ChangesPage | undefined;
  /** The files in an image, over whatever they were opened from. */
  readonly files: FilesPage | undefined;
  /** What that image carries in vain, once it is worked out. */
  readonly filesWaste: FilesWaste | undefined;
  /** All of it as a list, over the files that it belongs to. */
  readonly wastePage: WastePage | undefined;
  /** One of them that is looked at, over them. */
  readonly fileView: FileView | undefined;
  /** What was found in all images, over the screen that it was opened from. */
  readonly findings: Findings | undefined;
  /** Two images beside each other, over whatever they were compared from. */
  readonly compare: ComparePage | undefined;
  /** The journal of changes, over whatever it was opened from. */
  readonly actList: ActList | undefined;
  /** A throwaway container that has ended, as long as nobody has said what becomes of it. */
  readonly runEnding: RunEnding | undefined;
  readonly overlay: Overlay | undefined;
  readonly toast: Toast | undefined;
  readonly lastError: EngineError | undefined;
}

const NOWHERE: Place = { cursor: undefined, top: 0 };

export function initialState(options: {
  readonly columns: number;
  readonly rows: number;
  readonly now: number;
  readonly readOnly: boolean;
  readonly address: string;
  readonly home?: string;
  readonly journaled?: boolean;
  readonly pins?: KnownPins;
}): AppState {
  return {
    columns: options.columns,
    rows: options.rows,
    now: options.now,
    readOnly: options.readOnly,
    journaled: options.journaled ?? true,
    home: options.home ?? '',
    screen: 'images',
    connection: { status: 'connecting', address: options.address },
    absent: {},
    otherEngines: [],
    images: [],
    listedAt: undefined,
    containers: [],
    stock: undefined,
    reading: undefined,
    usage: undefined,
    unused: undefined,
    focus: 'tagged',
    places: { tagged: NOWHERE, dangling: NOWHERE, intermediate: NOWHERE },
    marks: new Set(),
    marksCost: undefined,
    pins: options.pins ?? NO_KNOWN_PINS,
    uses: NO_USES,
    planner: newPlanner(),
    cleanup: undefined,
    plannedTrash: undefined,
    ruleFigures: undefined,
    rangeFrom: undefined,
    filter: '',
    field: undefined,
    sort: { column: 'own', reverse: false },
    details: undefined,
    page: undefined,
    closed: new Set(),
    forestPlace: NOWHERE,
    forestView: FOREST_VIEW,
    jobs: [],
    jobsRecalled: false,
    jobPlace: NOWHERE,
    jobTop: 0,
    log: undefined,
    result: undefined,
    buildPage: undefined,
    buildable: '',
    diskTop: 0,
    containerList: undefined,
    changes: undefined,
    changesPage: undefined,
    files: undefined,
    filesWaste: undefined,
    wastePage: undefined,
    fileView: undefined,
    findings: undefined,
    compare: undefined,
    actList: undefined,
    runEnding: undefined,
    overlay: undefined,
    toast: undefined,
    lastError: undefined,
  };
}
