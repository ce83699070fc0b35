import * as v from 'valibot'

/** A file's or picture's bytes, whichever kind of buffer they lie in. */
export const BytesSchema = v.custom<Uint8Array>(
  (value) => value instanceof Uint8Array,
  'expected bytes',
)
