/** Questions by Skiff's own documents, over everything that the ERP's other transactions change. */
import type { Database } from '../databases.ts';
import type { Question } from './asker.ts';

export async function otherQuestions({ pool }: Database, plants: readonly string[]): Promise<Question[]> {
  const numbersOf = async (sql: string) => (await pool.query<{ no: string }>(sql)).rows.map(({ no }) => no);
  const [products, orders] = await Promise.all([
    numbersOf('select material_no as no from delivery_item group by 1 order by count(*) desc, 1 limit 8'),
    numbersOf(`select order_no as no from sales_header where status_code = 'B' order by 1 desc limit 8`),
  ]);
  return [
    ...products.map((productId) => ({ documentId: 'stock-of-product', variables: { productId } })),
    ...orders.map((orderId) => ({ documentId: 'order-from-head-to-tail', variables: { orderId } })),
    ...plants.flatMap((plant) =>
      ['delayed-shipments-board', 'open-order-lines'].flatMap((documentId) =>
        [1, 20].map((first) => ({ documentId, variables: { plants: [plant], first } })),
      ),
    ),
    { documentId: 'delayed-shipments-board', variables: { first: 50 } },
  ];
}
