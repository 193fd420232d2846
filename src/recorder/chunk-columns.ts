import type { DuckDBDataChunk } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/**
 * Whole columns of a DuckDB chunk as typed arrays. node-api gives and takes them value by value, a bigint or a bit shifted through a bigint
 * each: at 200,000 samples/s that alone is a core.
 */

/** DuckDB's vector size: no chunk holds more rows. */
export const CHUNK_ROWS = 2048;

type Numbers = Float64Array | Uint32Array | Uint8Array;

/**
 * Copies a column of fixed width into `into`, which has room for a chunk: a chunk's own memory goes with the chunk, and an array made for each would have
 * the collector run all the time. What stands at a null is anything. Returns the rows that the chunk has.
 */
export function readColumn<T extends Numbers>(chunk: DuckDBDataChunk, column: number, into: T): T {
  const rows = chunk.rowCount;
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  const data = duckdb.vector_get_data(vector, rows * into.BYTES_PER_ELEMENT);
  new Uint8Array(into.buffer).set(data);
  return into.subarray(0, rows) as T;
}

/** Bit `row % 8` of byte `row / 8` is set where there is a value. Null: no row of the column is null. */
type Validity = Uint8Array | null;

function readValidity(chunk: DuckDBDataChunk, column: number): Validity {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  // The binding's types do not say it, but where there is no mask it gives null.
  const mask = duckdb.vector_get_validity(vector, maskBytes(chunk.rowCount)) as Uint8Array | null;
  return mask === null ? null : new Uint8Array(mask);
}

function isValid(validity: Validity, row: number): boolean {
  return validity === null || ((validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0;
}

/** The same of a column that takes nulls: NaN where it is null. */
export function readNullable(
  chunk: DuckDBDataChunk,
  column: number,
  into: Float64Array,
): Float64Array {
  const values = readColumn(chunk, column, into);
  const validity = readValidity(chunk, column);
  if (validity === null) return values;
  for (let row = 0; row < values.length; row++) {
    if (!isValid(validity, row)) values[row] = Number.NaN;
  }
  return values;
}

/** A column to be written, of as many rows as a chunk holds. */
export type ColumnDraft = {
  /** NaN becomes null, which a column of another type than BIGINT must not be given. */
  readonly set: (row: number, value: number) => void;
  /** The first `rows` rows into a chunk of that many. */
  readonly write: (chunk: DuckDBDataChunk, column: number) => void;
};

/** UTINYINT or ENUM (its index), USMALLINT, UINTEGER. */
export function draftColumn(type: 'u8' | 'u32'): ColumnDraft {
  const values = type === 'u8' ? new Uint8Array(CHUNK_ROWS) : new Uint32Array(CHUNK_ROWS);
  return {
    set: (row, value) => {
      values[row] = value;
    },
    write: (chunk, column) => {
      copyInto(chunk, column, values, values.BYTES_PER_ELEMENT);
    },
  };
}

/** BIGINT, from whole doubles: as two halves, because a bigint for each value costs ten times as much. */
export function draftBigints(): ColumnDraft {
  const halves = new Int32Array(2 * CHUNK_ROWS);
  const validity = new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
  let nulls = 0;
  return {
    set: (row, value) => {
      if (Number.isNaN(value)) {
        validity[row >> 3] = (validity[row >> 3] ?? 0) & ~(1 << (row & 7));
        nulls++;
        return;
      }
      const high = Math.floor(value / TWO_32);
      halves[2 * row] = value - high * TWO_32;
      halves[2 * row + 1] = high;
    },
    write: (chunk, column) => {
      copyInto(chunk, column, halves, 8);
      if (nulls === 0) return;
      const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
      duckdb.vector_ensure_validity_writable(vector);
      const bytes = maskBytes(chunk.rowCount);
      duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, bytes);
      validity.fill(0xff);
      nulls = 0;
    },
  };
}

/** Texts into a VARCHAR column that is null in all other rows. */
export function writeTexts(
  chunk: DuckDBDataChunk,
  column: number,
  byRow: ReadonlyMap<number, string>,
): void {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  const validity = new Uint8Array(maskBytes(chunk.rowCount));
  for (const [row, text] of byRow) {
    duckdb.vector_assign_string_element_len(vector, row, Buffer.from(text));
    validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7));
  }
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, validity.buffer, 0, validity.length);
}

/** Texts of a VARCHAR column in which most rows are null. */
export function readTexts(
  chunk: DuckDBDataChunk,
  column: number,
): readonly (readonly [row: number, text: string])[] {
  const validity = readValidity(chunk, column);
  if (validity?.every((byte) => byte === 0) === true) return [];
  const texts: [number, string][] = [];
  const vector = chunk.getColumnVector(column);
  for (let row = 0; row < vector.itemCount; row++) {
    if (!isValid(validity, row)) continue;
    const text = vector.getItem(row);
    if (typeof text === 'string') texts.push([row, text]);
  }
  return texts;
}

const TWO_32 = 2 ** 32;

/** DuckDB keeps the mask in words of 64 rows. */
function maskBytes(rows: number): number {
  return Math.ceil(rows / 64) * 8;
}

function copyInto(
  chunk: DuckDBDataChunk,
  column: number,
  from: { readonly buffer: ArrayBuffer },
  bytesPerRow: number,
): void {
  const vector = duckdb.data_chunk_get_vector(chunk.chunk, column);
  duckdb.copy_data_to_vector(vector, 0, from.buffer, 0, chunk.rowCount * bytesPerRow);
}
