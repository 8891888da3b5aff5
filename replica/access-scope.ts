/**
 * Access scope: which of the rows a caller may see. Rows belong to plants; a row of no plant is seen only by
 * who has all of them, and naming every plant is not having all.
 */
export interface AccessScope {
  readonly plants: readonly string[] | '*';
}

export const ALL_PLANTS: AccessScope = { plants: '*' };

/** The same for whoever sees the same rows. */
export const scopeKey = ({ plants }: AccessScope): string =>
  plants === '*' ? '*' : JSON.stringify([...new Set(plants)].sort());
