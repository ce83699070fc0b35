import { crc32 } from 'node:zlib'
import * as v from 'valibot'
import { readTrace } from '../../main/export/traceNote'
import { addPngText, readPngText } from '../../main/pictures/pngText'
import { readConfig } from '../../renderer/state/configText'
import { TraceSchema, type Trace } from '../../shared/domain/trace'
import { trainConfigFor } from '../../shared/domain/presets'
import { TrainConfigSchema } from '../../shared/domain/trainConfig'
import { totalImages } from '../../shared/schedule'
import { Dice, spoilt } from './dice'

const TRACE: Trace = {
  version: 1,
  app: '0.1.0',
  runId: 'run',
  runName: 'Ünï 花',
  imagesSeen: 1024,
  resolution: 16,
  seed: 7,
  count: 1,
  className: null,
  truncation: 1,
}

/** Values that JSON can have where another was expected. */
const ODD = [
  'null',
  'true',
  '-1',
  '0',
  '1.5',
  '1e308',
  '1e999',
  '""',
  '"x"',
  '[]',
  '{}',
  '[[]]',
  '"\\u0000"',
  '"../../x"',
  '4503599627370497',
  '4503599627370496',
  '-0',
  '{"__proto__":{"x":1}}',
  '"constructor"',
  `"${'x'.repeat(5000)}"`,
  `${'['.repeat(3000)}${']'.repeat(3000)}`,
]

/** JSON text with one to three of its values or keys replaced, or the text itself spoilt. */
function spoiltJson(text: string, dice: Dice): string {
  if (dice.share() < 0.25) return spoilt(Buffer.from(text), dice).toString('utf8')
  let spoiling = text
  for (let i = 0; i <= dice.below(3); i++) {
    const places = [...spoiling.matchAll(/(?<=:)("[^"]*"|-?[\d.e-]+|null|true|false)|"\w+"(?=:)/g)]
    if (places.length === 0) return spoiling
    const { index, 0: old } = dice.one(places)
    const isKey = spoiling[index + old.length] === ':'
    const odd = isKey ? dice.one(['"__proto__"', '"version"', '"toString"', '"x"']) : dice.one(ODD)
    spoiling = spoiling.slice(0, index) + odd + spoiling.slice(index + old.length)
  }
  return spoiling
}

/** A small PNG file with a text chunk of any type and bytes, its checksum right more often than not. */
function hostilePng(png: Uint8Array, dice: Dice): Uint8Array {
  const note = spoiltJson(JSON.stringify(TRACE), dice)
  const kind = dice.share()
  if (kind < 0.4) return addPngText(png, { Sprout: note })
  if (kind < 0.7) return spoilt(addPngText(png, { Sprout: note, Software: 'x' }), dice)
  const type = dice.one(['tEXt', 'iTXt', 'zTXt', 'IHDR', 'IDAT'])
  const keyword = dice.one(['Sprout', '__proto__', '', 'x'.repeat(90), 'Sprout\0'])
  const body = Buffer.concat([
    Buffer.from(type, 'latin1'),
    Buffer.from(`${keyword}\0`, 'latin1'),
    dice.bytes(dice.below(6)),
    Buffer.from(note),
  ])
  const frame = Buffer.alloc(8)
  frame.writeUInt32BE(dice.share() < 0.9 ? body.length - 4 : dice.below(2 ** 32), 0)
  frame.writeUInt32BE(dice.share() < 0.9 ? crc32(body) : 0, 4)
  const chunk = Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)])
  return Buffer.concat([png.subarray(0, 33), chunk, png.subarray(33)])
}

/** What became of many hostile texts. */
export type NoteTally = { tried: number; taken: number; slowestMs: number }

/** Reads the notes of `count` hostile PNG files. Throws when anything but a trace, or nothing, comes of one. */
export function tryPngNotes(png: Uint8Array, seed: number, count: number): NoteTally {
  const dice = new Dice(seed)
  return tally(count, () => {
    const bytes = hostilePng(png, dice)
    return () => {
      const texts = readPngText(bytes)
      for (const text of Object.values(texts)) {
        if (typeof text !== 'string') throw new Error(`seed ${seed}: a text is none`)
      }
      const trace = readTrace(bytes)
      if (trace !== null && !v.is(TraceSchema, trace)) throw new Error(`seed ${seed}: an odd trace`)
      return trace !== null
    }
  })
}

/** Reads `count` hostile settings. Throws when what is taken cannot be planned with, or a refusal names no field. */
export function tryConfigs(seed: number, count: number): NoteTally {
  const dice = new Dice(seed)
  const choices = { channels: 3, preset: 'tiny', firstResolution: 4, finalResolution: 64 } as const
  const whole = trainConfigFor({ ...choices, seed: 1, microBatch: 4, augment: ['color'] })
  const text = JSON.stringify(whole)
  return tally(count, () => {
    const hostile = spoiltJson(text, dice)
    return () => {
      const read = readConfig(hostile)
      if (read.kind !== 'config') return false
      v.parse(TrainConfigSchema, JSON.parse(JSON.stringify(read.config)))
      const images = totalImages(read.config)
      if (!(images > 0)) throw new Error(`seed ${seed}: ${images} images of ${hostile}`)
      return true
    }
  })
}

/** Times each of `count` tries, made and tried apart. */
function tally(count: number, make: () => () => boolean): NoteTally {
  const result: NoteTally = { tried: 0, taken: 0, slowestMs: 0 }
  for (let i = 0; i < count; i++) {
    const attempt = make()
    const began = performance.now()
    if (attempt()) result.taken++
    result.slowestMs = Math.max(result.slowestMs, performance.now() - began)
    result.tried++
  }
  return result
}
