/**
 * A replica in memory: keeps the rows it is given, and a record of how they came.
 */
import type { Readable } from 'node:stream';
import type { Change, RowText } from '../../../erp/change.ts';
import type {
  CapturedState,
  CaptureSink,
  CopyWriter,
  MirrorTable,
  SourceIdentity,
  TableFault,
} from '../../../erp/connector.ts';
import type { Watermark } from '../../../erp/watermark.ts';
import { parseCopyText } from './copy-text.ts';

type Rows = Map<string, RowText>;

export class RecordingSink implements CaptureSink {
  batchSize = 1_000;
  held: CapturedState | null = null;
  /** As `tablesToCopy` answers: what a test asks for, and tables that fit again after a fault. */
  readonly wanted = new Set<string>();
  readonly applied: { readonly changes: readonly Change[]; readonly through: Watermark | null }[] = [];
  readonly advanced: Watermark[] = [];
  readonly reports: { readonly table: string; readonly faults: readonly TableFault[] }[] = [];
  snapshots = 0;
  /** Table copies that were committed. */
  readonly copies: { readonly table: string; readonly columns: readonly string[] }[] = [];
  /** Called before anything is applied. */
  beforeApply: () => Promise<void> = async () => {};
  /** Called when a copy begins, before any row is read. */
  beforeCopy: () => Promise<void> = async () => {};
  /** Called when the first row of a table's copy has come; the others wait meanwhile. */
  duringCopy: (table: string) => Promise<void> = async () => {};
  /** Called before a snapshot counts. */
  beforeCommit: () => Promise<void> = async () => {};
  readonly #tables: ReadonlyMap<string, MirrorTable>;
  #rows = new Map<string, Rows>();
  readonly #faults = new Map<string, readonly TableFault[]>();
  /** Keys that the stream touched since a table's copy began; null for all of them. */
  readonly #touched = new Map<string, Set<string> | null>();

  constructor(tables: readonly MirrorTable[]) {
    this.#tables = new Map(tables.map((table) => [table.name, table]));
  }

  /** In the order of the key's text. */
  rows(table: string): RowText[] {
    return [...this.#of(table)].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  }

  get position(): Watermark | null {
    return this.held?.position ?? null;
  }

  async state(): Promise<CapturedState | null> {
    return this.held;
  }

  async beginSnapshot(source: SourceIdentity): Promise<CopyWriter> {
    const copied = new Map<string, Rows>();
    await this.beforeCopy();
    return {
      copy: (table, columns, rows) => this.#receive(table, columns, rows, copied),
      commit: async (at) => {
        await this.beforeCommit();
        this.#rows = copied;
        this.held = { source, position: at };
        this.wanted.clear();
        this.snapshots++;
      },
      abort: async () => {},
    };
  }

  async tablesToCopy(): Promise<readonly string[]> {
    return [...this.wanted];
  }

  async beginTableCopy(table: string): Promise<CopyWriter> {
    const copied = new Map<string, Rows>();
    let received: readonly string[] = [];
    this.#touched.set(table, new Set());
    await this.beforeCopy();
    return {
      copy: (name, columns, rows) => {
        received = columns;
        return this.#receive(name, columns, rows, copied);
      },
      commit: async () => {
        this.#merge(table, copied.get(table) ?? new Map());
        this.#touched.delete(table);
        this.wanted.delete(table);
        this.copies.push({ table, columns: received });
      },
      abort: async () => {
        this.#touched.delete(table);
      },
    };
  }

  async apply(changes: readonly Change[], through: Watermark | null): Promise<void> {
    await this.beforeApply();
    this.applied.push({ changes, through });
    for (const change of changes) this.#applyOne(change);
    if (through) this.#moveTo(through);
  }

  async advance(position: Watermark): Promise<void> {
    this.advanced.push(position);
    this.#moveTo(position);
  }

  async reportTable(table: string, faults: readonly TableFault[]): Promise<void> {
    const isHealed = (this.#faults.get(table)?.length ?? 0) > 0 && faults.length === 0;
    if (isHealed) this.wanted.add(table);
    this.#faults.set(table, faults);
    this.reports.push({ table, faults });
  }

  faultsOf(table: string): readonly TableFault[] {
    return this.#faults.get(table) ?? [];
  }

  #moveTo(position: Watermark): void {
    if (!this.held) throw new Error('Changes came before a snapshot');
    if (position < this.held.position) throw new Error(`${position} came after ${this.held.position}`);
    this.held = { ...this.held, position };
  }

  #applyOne(change: Change): void {
    const rows = this.#of(change.table);
    const touched = this.#touched.get(change.table);
    if (change.op === 'truncate') {
      rows.clear();
      if (touched) this.#touched.set(change.table, null);
      return;
    }
    const key = this.#key(change.table, change.op === 'delete' ? change.key : change.row);
    touched?.add(key);
    if (change.op === 'delete') {
      rows.delete(key);
      return;
    }
    const before = change.oldKey ? this.#key(change.table, change.oldKey) : key;
    rows.set(key, { ...rows.get(before), ...change.row });
    if (before !== key) {
      rows.delete(before);
      touched?.add(before);
    }
  }

  /** What the stream touched since stands; a column it never sends again comes from the copy all the same. */
  #merge(table: string, copied: Rows): void {
    const touched = this.#touched.get(table);
    if (touched === null) return;
    const rows = this.#of(table);
    for (const [key, row] of copied) {
      const own = rows.get(key);
      if (!touched?.has(key)) rows.set(key, row);
      else if (own) rows.set(key, { ...row, ...own });
    }
    for (const key of rows.keys()) if (!copied.has(key) && !touched?.has(key)) rows.delete(key);
  }

  async #receive(
    table: string,
    columns: readonly string[],
    source: Readable,
    into: Map<string, Rows>,
  ): Promise<number> {
    const rows: Rows = new Map();
    for await (const row of parseCopyText(source, columns)) {
      if (rows.size === 0) await this.duringCopy(table);
      rows.set(this.#key(table, row), row);
    }
    into.set(table, rows);
    return rows.size;
  }

  #of(table: string): Rows {
    const rows = this.#rows.get(table) ?? new Map();
    this.#rows.set(table, rows);
    return rows;
  }

  #key(table: string, row: RowText): string {
    const declared = this.#tables.get(table);
    if (!declared) throw new Error(`A change of "${table}", which is not mirrored`);
    return JSON.stringify(
      declared.key.map((column) => {
        const value = row[column];
        if (value === undefined || value === null) throw new Error(`A row of "${table}" without its key "${column}"`);
        return value.padStart(12, '0'); // so that numbers sort as such
      }),
    );
  }
}
