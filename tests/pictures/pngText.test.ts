import fc from 'fast-check'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import { encodePng } from '../../main/pictures/encode'
import { addPngText, readPngText } from '../../main/pictures/pngText'

const png = await encodePng(
  Uint8Array.from({ length: 48 }, (_, i) => i * 5),
  4,
  4,
  3,
)

test('texts come back as they were, for other readers too, and the pixels stay', async () => {
  const texts = { Sprout: '{"name":"Pilze 蘑菇 \u{1F344}"}', Software: 'Sprout 1' }
  const marked = addPngText(png, texts)
  expect(readPngText(marked)).toEqual(texts)
  const { comments } = await sharp(marked).metadata()
  expect(comments).toEqual([
    { keyword: 'Sprout', text: texts.Sprout },
    { keyword: 'Software', text: texts.Software },
  ])
  const [before, after] = await Promise.all(
    [png, marked].map((each) => sharp(each).raw().toBuffer()),
  )
  expect(after!.equals(before!)).toBe(true)
})

test('any text makes the round trip', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      expect(readPngText(addPngText(png, { Sprout: text }))).toEqual({ Sprout: text })
    }),
  )
})

test('what others wrote in Latin letters is read', async () => {
  const other = await sharp(png)
    .withExif({ IFD0: { Copyright: 'x' } })
    .png()
    .toBuffer()
  expect(() => readPngText(other)).not.toThrow()
})

test('what is no PNG, or a damaged one, has no texts', () => {
  expect(readPngText(new TextEncoder().encode('hello'))).toEqual({})
  expect(readPngText(new Uint8Array())).toEqual({})
  const marked = addPngText(png, { Sprout: 'text' })
  const damaged = marked.slice()
  damaged[45]! ^= 1
  expect(readPngText(damaged)).toEqual({})
  fc.assert(
    fc.property(fc.nat(marked.length), (length) => {
      readPngText(marked.subarray(0, length))
    }),
  )
  expect(() => addPngText(new Uint8Array(40), { a: 'b' })).toThrow(/no PNG/)
  expect(() => addPngText(png, { 'no\0': 'b' })).toThrow(/keyword/)
})

test('a long text is written, and one that is longer than any of Sprout is not looked into', () => {
  const long = 'x'.repeat(500_000)
  expect(readPngText(addPngText(png, { Sprout: long })).Sprout).toBe(long)
  expect(readPngText(addPngText(png, { Sprout: 'x'.repeat(2 << 20) }))).toEqual({})
})
