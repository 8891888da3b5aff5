/** What is asked: as a document, and with what each answer's rows become when somebody writes it by hand. */
import type { TextRow } from '../../replica/read.ts';

export type QuestionName = 'entity' | 'list' | 'listWithReferences';

const FIELDS =
  'id shipmentNumber plannedDate daysLate customerName city plantName carrierName orderNumber productName quantity unit';

const list = (name: string, fields: string): string => /* GraphQL */ `
  query ${name}($plant: String!, $after: String) {
    delayedShipments(
      filter: { plantCode: { eq: $plant } }, orderBy: { field: PLANNED_DATE, direction: ASC }, first: 50, after: $after
    ) { nodes { ${fields} } }
  }`;

export const documents: Readonly<Record<QuestionName, string>> = {
  entity: `query Entity($id: ID!) { delayedShipment(id: $id) { ${FIELDS} } }`,
  list: list('List', FIELDS),
  listWithReferences: list(
    'ListWithReferences',
    `shipmentNumber plannedDate daysLate customerName quantity unit
     product { code name unit kind } order { number status orderDate customerName }`,
  ),
};

const integer = (text: string | null | undefined): number | null => (typeof text === 'string' ? Number(text) : null);

/** The key is of two columns; the texts stand as `replica/read/tree-sql.ts` selects them. */
function flat([delivery, item, ...texts]: TextRow): object {
  const [shipmentNumber, plannedDate, daysLate, customerName, city, plantName] = texts;
  const [carrierName, orderNumber, productName, quantity, unit] = texts.slice(6);
  return {
    id: `${delivery}:${item}`,
    shipmentNumber,
    plannedDate,
    daysLate: integer(daysLate),
    customerName,
    city,
    plantName,
    carrierName,
    orderNumber,
    productName,
    quantity,
    unit,
  };
}

function joined(row: TextRow): object {
  const [, , shipmentNumber, plannedDate, daysLate, customerName, quantity, unit] = row;
  // Before each reference stands what leads to it.
  const [, productId, code, name, productUnit, kind, ...texts] = row.slice(8);
  const [, orderId, number, status, orderDate, orderCustomer] = texts;
  return {
    shipmentNumber,
    plannedDate,
    daysLate: integer(daysLate),
    customerName,
    quantity,
    unit,
    product: productId === null ? null : { code, name, unit: productUnit, kind },
    order: orderId === null ? null : { number, status, orderDate, customerName: orderCustomer },
  };
}

const page = (rows: readonly TextRow[], row: (texts: TextRow) => object): object => ({
  delayedShipments: { nodes: rows.slice(0, 50).map(row) },
});

export const answersByHand: Readonly<Record<QuestionName, (rows: readonly TextRow[]) => object>> = {
  entity: ([row]) => ({ delayedShipment: row ? flat(row) : null }),
  list: (rows) => page(rows, flat),
  listWithReferences: (rows) => page(rows, joined),
};
