/**
 * The messages of Postgres's output plugin `pgoutput` (protocol version 1), decoded into changes.
 *
 * ```
 * begin ─ [relation] insert|update|delete|truncate … ─ commit
 * ```
 *
 * Of a row only the columns we mirror are read, as the text that came. The parser of
 * pg-logical-replication was measured and left: its TextDecoder takes a leading byte-order mark for its
 * own, so that the value U+FEFF 'abc' arrives as 'abc', and it spends 4.5 µs on a row of 14 columns where
 * this spends 1.6 to 2.5.
 */
import type { Change, RowText } from '../change.ts';
import type { MirrorTable } from '../connector.ts';
import type { Watermark } from '../watermark.ts';
import { readLsn } from './lsn.ts';

/** A table as the stream describes it: again before its first change in a session, and after every DDL. */
export interface Relation {
  readonly oid: number;
  /** The declaration it is captured by. Without one the table's changes are passed over. */
  readonly table: MirrorTable | undefined;
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
  readonly columns: readonly RelationColumn[];
}

export interface RelationColumn {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  /** Part of the replica identity: of the primary key by default, all columns under `full`. */
  readonly isIdentity: boolean;
}

export type Decoded =
  | { readonly tag: 'begin' /** Where the commit record begins. */; readonly commitAt: Watermark }
  | { readonly tag: 'commit' /** Where the commit record ends. */; readonly end: Watermark }
  | { readonly tag: 'relation'; readonly relation: Relation }
  | { readonly tag: 'changes'; readonly changes: readonly Change[] };

/** What is kept of a relation to read its rows fast. */
interface Layout extends Relation {
  /** Per column of the ERP's row: the mirrored column's name, or null. */
  readonly mirrored: readonly (string | null)[];
}

const REPLICA_IDENTITIES = { d: 'default', n: 'nothing', f: 'full', i: 'index' } as const;

const isReplicaIdentity = (char: string): char is keyof typeof REPLICA_IDENTITIES =>
  Object.hasOwn(REPLICA_IDENTITIES, char);

const NO_CHANGES: Decoded = { tag: 'changes', changes: [] };

export class PgoutputDecoder {
  readonly #tableOf: (schema: string, name: string) => MirrorTable | undefined;
  readonly #layouts = new Map<number, Layout>();

  constructor(tableOf: (schema: string, name: string) => MirrorTable | undefined) {
    this.#tableOf = tableOf;
  }

  decode(message: Buffer): Decoded {
    const reader = new MessageReader(message);
    const tag = reader.char();
    switch (tag) {
      case 'B':
        return { tag: 'begin', commitAt: reader.lsn() };
      case 'C':
        reader.skip(1 + 8); // flags, where the commit record begins
        return { tag: 'commit', end: reader.lsn() };
      case 'R':
        return { tag: 'relation', relation: this.#relation(reader) };
      case 'I':
        return this.#insert(reader);
      case 'U':
        return this.#update(reader);
      case 'D':
        return this.#delete(reader);
      case 'T':
        return this.#truncate(reader);
      case 'Y': // names of types that are not built in: the catalog tells us more
      case 'O': // replication origin
        return NO_CHANGES;
      default:
        throw new TypeError(`Unknown pgoutput message "${tag}"`);
    }
  }

  #relation(reader: MessageReader): Relation {
    const oid = reader.uint32();
    const table = this.#tableOf(reader.cstring(), reader.cstring());
    const identity = reader.char();
    const columns = Array.from({ length: reader.uint16() }, () => ({
      isIdentity: (reader.uint8() & 1) === 1,
      name: reader.cstring(),
      typeOid: reader.uint32(),
      typeModifier: reader.int32(),
    }));
    if (!isReplicaIdentity(identity)) throw new TypeError(`Unknown replica identity "${identity}"`);
    const mirrored = columns.map(({ name }) => (table && Object.hasOwn(table.columns, name) ? name : null));
    const layout = { oid, table, replicaIdentity: REPLICA_IDENTITIES[identity], columns, mirrored };
    this.#layouts.set(oid, layout);
    return layout;
  }

  #insert(reader: MessageReader): Decoded {
    const { table, mirrored } = this.#layout(reader);
    if (!table) return NO_CHANGES;
    reader.char(); // N
    return { tag: 'changes', changes: [{ op: 'upsert', table: table.name, row: reader.tuple(mirrored) }] };
  }

  #update(reader: MessageReader): Decoded {
    const { table, mirrored } = this.#layout(reader);
    if (!table) return NO_CHANGES;
    const kind = reader.char();
    const before = kind === 'N' ? null : reader.tuple(mirrored); // K: the old key, O: the whole old row
    if (before) reader.char(); // N
    const sent = reader.tuple(mirrored);
    // Under `full` the old row has the large values that the new one leaves out as unchanged.
    const row = kind === 'O' ? { ...before, ...sent } : sent;
    const oldKey = before && keyOf(table, before);
    const change: Change =
      oldKey && table.key.some((column) => oldKey[column] !== row[column])
        ? { op: 'upsert', table: table.name, row, oldKey }
        : { op: 'upsert', table: table.name, row };
    return { tag: 'changes', changes: [change] };
  }

  #delete(reader: MessageReader): Decoded {
    const { table, mirrored } = this.#layout(reader);
    if (!table) return NO_CHANGES;
    reader.char(); // K or O
    return {
      tag: 'changes',
      changes: [{ op: 'delete', table: table.name, key: keyOf(table, reader.tuple(mirrored)) }],
    };
  }

  #truncate(reader: MessageReader): Decoded {
    const count = reader.uint32();
    reader.skip(1); // cascade, restart identity
    const tables = Array.from({ length: count }, () => this.#layout(reader).table);
    return {
      tag: 'changes',
      changes: tables.flatMap((table) => (table ? [{ op: 'truncate', table: table.name }] : [])),
    };
  }

  #layout(reader: MessageReader): Layout {
    const oid = reader.uint32();
    const layout = this.#layouts.get(oid);
    if (!layout) throw new TypeError(`A change of relation ${oid} came before its description`);
    return layout;
  }
}

/** The primary key of a row. The stream sends key columns always. */
function keyOf(table: MirrorTable, row: RowText): RowText {
  const key: Record<string, string | null> = {};
  for (const column of table.key) key[column] = row[column] ?? null;
  return key;
}

/** Kinds of a column's value in a tuple. */
const TEXT = 0x74;
const NULL = 0x6e;
const UNCHANGED = 0x75;

class MessageReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  uint8(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  char(): string {
    return String.fromCharCode(this.uint8());
  }

  uint16(): number {
    this.#at += 2;
    return this.#bytes.readUInt16BE(this.#at - 2);
  }

  uint32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readInt32BE(this.#at - 4);
  }

  lsn(): Watermark {
    this.#at += 8;
    return readLsn(this.#bytes, this.#at - 8);
  }

  cstring(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** A row: of each column its mirrored name, or null to pass it over. Unchanged large values are left out. */
  tuple(names: readonly (string | null)[]): Record<string, string | null> {
    const row: Record<string, string | null> = {};
    const count = this.uint16();
    for (let column = 0; column < count; column++) {
      const name = names[column] ?? null;
      const kind = this.uint8();
      if (kind === TEXT) {
        const bytes = this.uint32();
        if (name !== null) row[name] = this.#bytes.toString('utf8', this.#at, this.#at + bytes);
        this.#at += bytes;
      } else if (kind === NULL) {
        if (name !== null) row[name] = null;
      } else if (kind !== UNCHANGED) {
        throw new TypeError(`Unknown kind of column value ${kind}`);
      }
    }
    return row;
  }
}
