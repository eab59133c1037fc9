/** How a person looks at the layer forest: as a tree or flat, in which order, and what is searched in it. */

export type ForestColumn = 'size' | 'images' | 'name' | 'age';
export const FOREST_COLUMNS: readonly ForestColumn[] = ['size', 'images', 'name', 'age'];

export interface ForestSort {
  readonly column: ForestColumn;
  readonly reverse: boolean;
}

export interface ForestView {
  /** Every layer a row, without branches. */
  readonly flat: boolean;
  /** `size` orders a tree by the bytes of whole subtrees, layers by their own; `age` by the youngest image. */
  readonly sort: ForestSort;
  readonly search: string;
  /** The layer under the cursor has the whole screen. */
  readonly zoomed: boolean;
}

export const FOREST_VIEW: ForestView = {
  flat: false,
  sort: { column: 'size', reverse: false },
  search: '',
  zoomed: false,
};
