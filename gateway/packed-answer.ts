/**
 * An answer compressed in two parts: its data once and for all, its freshness each time.
 *
 *     gzip header │ data, deflated, up to a sync flush │ freshness, as a stored block │ CRC-32 and length of both
 */
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw } from 'node:zlib';
import { once } from '../runtime/once.ts';

const deflated = promisify(deflateRaw);

/** No name, no time, of no system in particular. */
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
const MOST_STORED = 65_535;

/** Header and data, to be followed by `packedEnd`. */
export const packed = (data: Buffer): (() => Promise<Buffer>) =>
  once(async () => Buffer.concat([HEADER, await deflated(data, { finishFlush: constants.Z_SYNC_FLUSH })]));

/** What closes the packed data with a tail behind it. */
export function packedEnd(data: Buffer, dataCrc: number, tail: Buffer): Buffer {
  if (tail.length > MOST_STORED) throw new RangeError('A stored block holds no more than 65,535 bytes');
  const end = Buffer.alloc(5 + tail.length + 8);
  end.writeUInt8(1, 0); // the last block, stored
  end.writeUInt16LE(tail.length, 1);
  end.writeUInt16LE(~tail.length & 0xffff, 3);
  tail.copy(end, 5);
  end.writeUInt32LE(crc32(tail, dataCrc), 5 + tail.length);
  end.writeUInt32LE((data.length + tail.length) >>> 0, 9 + tail.length);
  return end;
}
