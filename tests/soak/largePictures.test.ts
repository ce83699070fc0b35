import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { inEnglish } from '../../shared/domain/explanation'
import { decodePicture, reasonFor } from '../../main/pictures/decode'

/** About as large as a picture may be: 640 MiB of three bytes a pixel. */
const SIDE = 14_900
const MOST_MEMORY_MIB = 2500

const folder = mkdtempSync(join(tmpdir(), 'sprout-large-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const flat = (side = SIDE) =>
  sharp({
    create: { width: side, height: side, channels: 3, background: '#c84' },
    limitInputPixels: false,
  })

/** A few kilobytes each that unfold to as much as is let through. */
const LARGE: Readonly<Record<string, () => Sharp>> = {
  'plain.png': () => flat().png(),
  'deep-and-turned.png': () =>
    flat(10_500).toColourspace('rgb16').withMetadata({ orientation: 6 }).png(),
  'interlaced.png': () => flat().png({ progressive: true }),
  'progressive.jpg': () => flat().withMetadata({ orientation: 6 }).jpeg({ progressive: true }),
  'deflated.tif': () => flat().tiff({ compression: 'deflate' }),
  'refused.png': () => flat(16_384).png(),
  'large.avif': () => flat(8192).avif({ effort: 0 }),
  'largest.webp': () => flat().webp({ effort: 0 }),
}

/** Most memory in MiB that the process had while `work` was done. */
async function peakOf(work: () => Promise<unknown>): Promise<number> {
  writeFileSync('/proc/self/clear_refs', '5')
  await work()
  const status = readFileSync('/proc/self/status', 'utf8')
  return Number(/^VmHWM:\s*(\d+) kB/m.exec(status)?.[1]) / 1024
}

test.runIf(process.platform === 'linux')(
  'pictures as large as they may be take bounded memory and time',
  async () => {
    for (const [name, make] of Object.entries(LARGE)) {
      const file = join(folder, name)
      await make().toFile(file)
      const began = performance.now()
      let outcome = ''
      const peak = await peakOf(async () => {
        const options = { crop: 'smart', channels: 3, resolution: 64 } as const
        outcome = await decodePicture(file, options).then(
          () => 'read',
          (error: unknown) => inEnglish(reasonFor(error)),
        )
      })
      const seconds = (performance.now() - began) / 1000
      console.log(
        `${name}: ${statSync(file).size} bytes, ${outcome}, ${seconds.toFixed(1)} s, ${peak.toFixed(0)} MiB`,
      )
      expect(peak).toBeLessThan(MOST_MEMORY_MIB)
      expect(seconds).toBeLessThan(60)
      rmSync(file)
    }
  },
  3_600_000,
)
