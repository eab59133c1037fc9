/** What a clean-up rule is: it marks images, or some of their names, build cache, containers or volumes. */

/** Which moment of an image's life counts as its age. */
export type AgeBy = 'created' | 'pulled' | 'used';

export const AGES: readonly AgeBy[] = ['created', 'pulled', 'used'];

/** Seconds and bytes throughout. */
export type ImageRule =
  | { readonly kind: 'dangling' }
  /** Tags beside the one a container runs, of images that are older. */
  | { readonly kind: 'superseded' }
  | { readonly kind: 'unused' }
  | { readonly kind: 'older-than'; readonly seconds: number; readonly by: AgeBy }
  | { readonly kind: 'not-used-for'; readonly seconds: number }
  /** All but the newest images of each name. */
  | { readonly kind: 'keep-newest'; readonly count: number }
  | { readonly kind: 'name'; readonly pattern: string }
  | { readonly kind: 'label'; readonly label: string }
  | { readonly kind: 'larger-than'; readonly bytes: number }
  /** Images a build left that nothing stands on, names or runs. */
  | { readonly kind: 'unreferenced-build' };

/** Volumes that nobody uses: those that nobody named, unless it says more. */
export interface VolumeRule {
  readonly kind: 'unused-volumes';
  /** Named ones, too. */
  readonly all?: boolean;
  /** Those, too, that only containers of the same plan use. */
  readonly released?: boolean;
  readonly seconds?: number;
  /** `KEY` or `KEY=VALUE`. */
  readonly label?: string;
  /** Only those whose name meets it, named or not. */
  readonly pattern?: string;
}

export type ThingRule =
  | { readonly kind: 'build-cache'; readonly seconds?: number; readonly type?: string }
  | { readonly kind: 'stopped-containers'; readonly seconds?: number }
  | VolumeRule;

/** What one ticked rule is: all of some image rules at once, or one about other things. */
export type Rule = { readonly kind: 'images'; readonly all: readonly ImageRule[] } | ThingRule;

export type RuleKind = ImageRule['kind'] | ThingRule['kind'];
