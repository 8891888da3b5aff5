/**
 * Every name that follows from a flat type's or a field's name: `DelayedShipment` gives
 * `delayedShipment`, `delayedShipments`, `delayed_shipment`, `DelayedShipmentFilter` …
 *
 * What is said here once is what the generated SDL, the resolvers and the compiler go by.
 */

/** `plannedDate` → `planned_date`, `DelayedShipment` → `delayed_shipment`. */
export const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();

/** `plannedDate` → `PLANNED_DATE`: the value of an order enum that stands for the field. */
export const screamingCase = (name: string): string => snakeCase(name).toUpperCase();

/** `DelayedShipment` → `delayed shipment`, for descriptions. */
export const words = (typeName: string): string => snakeCase(typeName).replaceAll('_', ' ');

const plural = (noun: string): string => {
  if (/[^aeiou]y$/.test(noun)) return `${noun.slice(0, -1)}ies`;
  return /(s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
};

export const pluralWords = (typeName: string): string => plural(words(typeName));

/** The query fields of a flat type: one by its id, many as a connection. */
export function rootFields(typeName: string): { readonly one: string; readonly many: string } {
  const one = typeName.charAt(0).toLowerCase() + typeName.slice(1);
  return { one, many: plural(one) };
}

export const connectionType = (typeName: string): string => `${typeName}Connection`;
export const edgeType = (typeName: string): string => `${typeName}Edge`;
export const filterType = (typeName: string): string => `${typeName}Filter`;
export const orderType = (typeName: string): string => `${typeName}Order`;
export const orderFieldType = (typeName: string): string => `${typeName}OrderField`;
