import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inEnglish } from '../../shared/domain/explanation'
import { decodePicture, reasonFor } from '../../main/pictures/decode'
import { readSize } from '../../main/pictures/head'
import { HostilePictures, soundPictures } from './pictures'

/** What became of many hostile pictures. */
export type PictureTally = {
  tried: number
  read: number
  /** How often each reason was given. */
  reasons: Map<string, number>
  /** Milliseconds of the slowest. */
  slowestMs: number
  /** Most bytes of memory that the process had after one. */
  peakBytes: number
  /** Numbers of the slowest picture, and of the one after which that was. */
  slowestAt: number
  peakAt: number
}

const CROPS = ['centre', 'pad', 'smart'] as const
const CHANNELS = [1, 3, 4] as const

/**
 * Reads `count` hostile pictures of a seed, in `folder`, as a scan and a preparation do. Throws, with the number of the
 * picture, which is left in the folder, when what comes back is neither pixels nor a reason in one clear line.
 */
export async function tryPictures(
  folder: string,
  seed: number,
  count: number,
): Promise<PictureTally> {
  mkdirSync(folder, { recursive: true })
  const pictures = new HostilePictures(await soundPictures(), seed)
  const tally: PictureTally = {
    tried: 0,
    read: 0,
    reasons: new Map(),
    slowestMs: 0,
    peakBytes: 0,
    slowestAt: -1,
    peakAt: -1,
  }
  for (let i = 0; i < count; i++) {
    const { extension, bytes } = pictures.next()
    const file = join(folder, `${seed}-${i}.${extension}`)
    writeFileSync(file, bytes)
    const began = performance.now()
    const resolution = i % 50 === 0 ? 256 : 8
    const channels = CHANNELS[i % 3]!
    const options = { crop: CROPS[(i % 7) % 3]!, channels, resolution }
    const outcome = await decodePicture(file, options).catch(reasonOf)
    const size = await readSize(file).catch(reasonOf)
    const took = performance.now() - began
    if (took > tally.slowestMs) Object.assign(tally, { slowestMs: took, slowestAt: i })
    tally.tried++
    if (typeof outcome === 'string') {
      const reason = checkedReason(outcome, file)
      tally.reasons.set(reason, (tally.reasons.get(reason) ?? 0) + 1)
    } else {
      tally.read++
      if (outcome.length !== resolution ** 2 * channels) throw new Error(`${file}: odd length`)
    }
    if (typeof size === 'string') checkedReason(size, file)
    else if (!(size.width >= 0 && size.height >= 0)) throw new Error(`${file}: odd size`)
    const bytesNow = process.memoryUsage.rss()
    if (bytesNow > tally.peakBytes) Object.assign(tally, { peakBytes: bytesNow, peakAt: i })
    rmSync(file)
  }
  return tally
}

/** An error of reading in English. */
function reasonOf(error: unknown): string {
  return inEnglish(reasonFor(error))
}

/** A reason as a person reads it, its particulars left out. */
function checkedReason(reason: string, file: string): string {
  const isClear = /^[^\p{Cc}\p{Cf}\ufffd]{5,220}$/u.test(reason) && !reason.includes(file)
  if (!isClear) throw new Error(`${file}: no clear reason: ${JSON.stringify(reason)}`)
  return reason.startsWith('damaged: ') ? 'damaged' : reason
}
