const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
/** Bytes of a chunk besides its data: length, type and checksum. */
const CHUNK_FRAME = 12
/** Bytes that keywords may have by the PNG specification. */
const MOST_KEYWORD = 79

/** Longest text chunk that is looked into, in bytes; what Sprout writes has a few hundred. */
const MOST_TEXT = 1 << 20
/** Chunks that are read here; others are stepped over unread, pixels by the million bytes. */
const READ = new Set(['IHDR', 'tEXt', 'iTXt'])

type Chunk = { type: string; data: Uint8Array; end: number }

/**
 * The PNG file with texts in it, each an iTXt chunk (UTF-8, not compressed) before the pixels. Keywords have 1 to 79
 * Latin letters, digits or spaces. Throws when `png` is no PNG file.
 */
export function addPngText(
  png: Uint8Array,
  texts: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header = chunksOf(png).next().value
  if (header?.type !== 'IHDR') throw new Error('These bytes are no PNG file.')
  const added = Object.entries(texts).map(([keyword, text]) => chunk('iTXt', itxt(keyword, text)))
  const size = added.reduce((sum, { length }) => sum + length, png.length)
  const out = new Uint8Array(size)
  out.set(png.subarray(0, header.end))
  let at = header.end
  for (const bytes of added) {
    out.set(bytes, at)
    at += bytes.length
  }
  out.set(png.subarray(header.end), at)
  return out
}

/**
 * Texts of a PNG file by keyword: tEXt chunks and iTXt chunks that are not compressed, of at most 1 MiB; of equal keywords
 * the last. Empty for bytes that are no PNG file; of a damaged one, the texts before the first that is damaged.
 */
export function readPngText(png: Uint8Array): Record<string, string> {
  // Keywords are anyone's, such as one that every object has already.
  const texts = Object.create(null) as Record<string, string>
  for (const { type, data } of chunksOf(png)) {
    const end = data.indexOf(0)
    if (end < 0 || (type !== 'tEXt' && type !== 'iTXt')) continue
    const keyword = latin1(data.subarray(0, end))
    if (type === 'tEXt') texts[keyword] = latin1(data.subarray(end + 1))
    else if (data[end + 1] === 0) {
      const language = data.indexOf(0, end + 3)
      const translated = language < 0 ? -1 : data.indexOf(0, language + 1)
      if (translated >= 0) texts[keyword] = new TextDecoder().decode(data.subarray(translated + 1))
    }
  }
  return texts
}

function* chunksOf(png: Uint8Array): Generator<Chunk, undefined> {
  if (SIGNATURE.some((byte, i) => png[i] !== byte)) return
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength)
  let at = SIGNATURE.length
  while (at + CHUNK_FRAME <= png.length) {
    const length = view.getUint32(at)
    const end = at + CHUNK_FRAME + length
    if (end > png.length) return
    const type = latin1(png.subarray(at + 4, at + 8))
    if (READ.has(type) && length <= MOST_TEXT) {
      if (view.getUint32(end - 4) !== crc32(png.subarray(at + 4, end - 4))) return
      yield { type, data: png.subarray(at + 8, at + 8 + length), end }
    }
    at = end
  }
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + CHUNK_FRAME)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i)
  bytes.set(data, 8)
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(4, bytes.length - 4)))
  return bytes
}

/** Keyword, not compressed, no language, no translated keyword, text. */
function itxt(keyword: string, text: string): Uint8Array {
  if (keyword.length > MOST_KEYWORD || !/^[\w]([\w ]*\w)?$/.test(keyword)) {
    throw new Error(`"${keyword}" cannot be a keyword of a PNG file.`)
  }
  return Buffer.concat([Buffer.from(keyword), Buffer.alloc(5), Buffer.from(text)])
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** What each byte does to a checksum. */
const CRC_TABLE: Readonly<Uint32Array> = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  return crc
})

/** The checksum of the PNG specification (ISO 3309), with its polynomial reversed. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ byte) & 0xff]!
  return (crc ^ 0xffffffff) >>> 0
}
