/** What stands over a screen and has the keyboard to itself. */
import type { EngineError } from '../engine/errors.ts';
import type { RecordedAct } from '../engine/undo/change.ts';
import type { Way } from '../engine/undo/way-back.ts';
import type { Asked, ShownPlan } from './shown-plan.ts';
import type { EngineOption } from './state.ts';
import type { TextField } from './text-field.ts';

export type Overlay =
  | { readonly kind: 'plan'; readonly dialog: PlanDialog }
  | { readonly kind: 'prompt'; readonly prompt: Prompt }
  | { readonly kind: 'choice'; readonly choice: Choice }
  /** What becomes of the throwaway container that has ended: `runEnding` holds the facts. */
  | { readonly kind: 'ending'; readonly index: number }
  | { readonly kind: 'restore'; readonly question: RestoreQuestion }
  | { readonly kind: 'palette'; readonly field: TextField; readonly index: number }
  | { readonly kind: 'help'; readonly field: TextField; readonly top: number }
  | { readonly kind: 'error'; readonly error: EngineError; readonly top: number }
  | {
      readonly kind: 'engines';
      readonly options: readonly EngineOption[] | undefined;
      readonly index: number;
    };

/** A plan being shown: what was asked for, the plan once it is worked out, and the answer so far. */
export interface PlanDialog {
  /** Who asks: dialogs are told apart by it. */
  readonly asked: Asked;
  readonly shown: ShownPlan | undefined;
  /** While the plan is worked out: layers read so far. */
  readonly progress: { readonly done: number; readonly total: number } | undefined;
  /** Said above the plan when it had to be made again. */
  readonly notice: string;
  readonly typed: TextField;
  /** The answer that `enter` gives. */
  readonly focus: 'cancel' | 'go';
  /** Milliseconds; keys before this moment are ignored, so that a held key cannot confirm. */
  readonly deafUntil: number;
  readonly top: number;
}

/** Whether a change is to be taken back. */
export interface RestoreQuestion {
  readonly act: RecordedAct;
  readonly way: Way;
  /** Said first; `''` where nothing has to be. */
  readonly notice: string;
  /** What would be done, one phrase each. */
  readonly steps: readonly string[];
  /** The answer that `enter` gives. */
  readonly focus: 'cancel' | 'go';
  /** Milliseconds; keys before this moment are ignored. */
  readonly deafUntil: number;
}

/** What is said under a field: an outcome (`ok`), advice, or what is wrong. Only an outcome can be submitted. */
export interface Note {
  readonly tone: 'ok' | 'advice' | 'wrong';
  readonly text: string;
}

/** One or a few lines of text are asked for. */
export interface Prompt {
  readonly title: string;
  readonly fields: readonly PromptField[];
  /** Which field has the keyboard. */
  readonly focus: number;
  /** What the text of that field could become, best first. */
  readonly suggestions: readonly string[];
  /** The suggestion that enter takes; undefined while none is picked. */
  readonly picked: number | undefined;
  /** What enter does: `pull`. */
  readonly verb: string;
  /** Explains the outcome of what is typed so far, or why it cannot be taken. */
  readonly note: (texts: readonly string[]) => Note;
  readonly submit: (texts: readonly string[]) => void;
}

export interface PromptField {
  readonly label: string;
  readonly field: TextField;
  /** Shown as dots. */
  readonly secret?: boolean;
  /** Shown while nothing is typed. */
  readonly example?: string;
  /** One of these is chosen, not typed. */
  readonly options?: readonly string[];
  /** Nothing typed is an answer: tab goes on without taking a suggestion. */
  readonly optional?: boolean;
  readonly suggest?: (text: string) => readonly string[] | Promise<readonly string[]>;
  /** What takes longer to find, shown below those; asked for when typing has paused. */
  readonly more?: (text: string, signal: AbortSignal) => Promise<readonly string[]>;
}

/** One of a few rows is asked for. */
export interface Choice {
  readonly title: string;
  readonly rows: readonly string[];
  readonly index: number;
  readonly verb: string;
  readonly submit: (index: number) => void;
}

/** The word that must be typed before something irreversible. */
export const WORD = 'delete';
