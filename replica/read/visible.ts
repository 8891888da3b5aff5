/**
 * Which rows of a type may be seen at all: a condition on every read of its table, wherever in a statement it stands.
 *
 * This is the one place that adds the caller's access scope. The database holds it a second time (`protection.ts`);
 * what is forgotten here is found by nobody all the same.
 */
import { type FlatType, plantField } from '../flat-type.ts';
import type { Filter } from './filter.ts';
import type { FlatTable } from './flat-table.ts';
import { type StatementWriter, scopeForm } from './statement.ts';

/** Conditions to be joined by `and`. */
export function visible({ type, plant }: FlatTable, statement: StatementWriter): string[] {
  const found = type.where === undefined ? [] : [`(${statement.declared(type.where)})`];
  const form = scopeForm(statement.scope);
  if (plant && form !== 'all') {
    const bound = statement.bindPlants();
    found.push(`${plant.sortable} = ${form === 'one' ? plant.parameter(bound) : `any(${plant.parameters(bound)})`}`);
  }
  return found;
}

/**
 * The plants that a list is best read from one by one, since an index holds the order only within a plant; null
 * where it is read at once. Nothing is decided here but the way: `visible` holds whatever it is.
 *
 * A search, or an equality that leaves few rows, is served by an index without the plant: to go by plants would be to
 * read it as many times.
 */
export function plantByPlant({ type, plant }: FlatTable, filter: Filter, { scope }: StatementWriter): string[] | null {
  const ofPlant = filter[plantField(type)?.name ?? ''];
  const named = ofPlant?.in;
  const plants = scope.plants === '*' ? (Array.isArray(named) ? named.map(String) : []) : scope.plants;
  const distinct = [...new Set(plants)];
  return !plant || distinct.length < 2 || ofPlant?.eq !== undefined || leavesFewRows(type, filter) ? null : distinct;
}

function leavesFewRows(type: FlatType, filter: Filter): boolean {
  const plant = plantField(type);
  return type.fields.some((field) => {
    const { eq, in: among, contains } = filter[field.name] ?? {};
    if (contains !== undefined) return true;
    const isFine = field !== plant && field.type !== 'Boolean' && field.values === undefined;
    return isFine && (eq !== undefined || among !== undefined);
  });
}
