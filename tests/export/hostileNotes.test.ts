import { expect, test } from 'vitest'
import { readTrace } from '../../main/export/traceNote'
import { encodePng } from '../../main/pictures/encode'
import { addPngText } from '../../main/pictures/pngText'
import { readConfig } from '../../renderer/state/configText'
import { trainConfigFor } from '../../shared/domain/presets'
import { tryConfigs, tryPngNotes } from '../hostile/tryNotes'

const png = await encodePng(new Uint8Array(48), 4, 4, 3)
const seed = Number(process.env.SPROUT_TEST_SEED ?? 1)

test('a picture says where it comes from, or nothing', () => {
  const { tried, taken } = tryPngNotes(png, seed, 3000)
  expect(tried).toBe(3000)
  expect(taken).toBeGreaterThan(30)
})

test('settings are taken when they can be planned with, and refused else', () => {
  const { taken } = tryConfigs(seed, 3000)
  expect(taken).toBeGreaterThan(30)
  expect(taken).toBeLessThan(2000)
})

test('settings that would be tried for ever are refused at once', () => {
  const config = trainConfigFor({
    seed: 1,
    channels: 3,
    preset: 'tiny',
    firstResolution: 4,
    finalResolution: 4,
  })
  for (const [batch, microBatch, minibatchGroup] of [
    [4.5, 1.5, 4],
    [4503599627370497, 1, 4503599627370496],
    [-7, 1, 4],
    [1e300, 1, 1e299],
  ]) {
    const stages = [{ ...config.stages[0], batch, microBatch }]
    const text = JSON.stringify({ ...config, stages, minibatchGroup })
    expect(readConfig(text).kind).toBe('field')
  }
})

test('millions of bytes of pixels or text cost a moment', () => {
  const large = new Uint8Array(48 << 20)
  large.set(addPngText(png, { Sprout: 'x'.repeat(2 << 20) }))
  const view = new DataView(large.buffer)
  // The rest is one chunk of pixels.
  view.setUint32(33 + 12 + 11 + (2 << 20), (40 << 20) >>> 0)
  expect(readTrace(large)).toBeNull()
})
