import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ZipFile } from 'yazl'
import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { CheckpointSampler } from './checkpointSampler'
import { classOf } from './latents'
import { fileNameOf, pointsOf, samplesOf } from './samples'
import { encodeTracedPng, traceOfSample, type Origin } from './traceNote'
import { writeWhole, writeWholeFolder, type ExportWatch } from './wholeFile'

type Request = Extract<ExportRequest, { kind: 'pictures' }>
/** Takes one file of the export; `name` has no folders in it. */
type Put = (name: string, bytes: Uint8Array) => Promise<void>

/** Pictures that are drawn before they are written. */
const DRAWN_AT_ONCE = 64

/** Writes each sample as a PNG named by its seed, and `samples.json` about all, into a folder or a ZIP file. */
export async function exportPictures(
  sampler: CheckpointSampler,
  origin: Origin,
  request: Request,
  watch: ExportWatch = {},
): Promise<void> {
  const { file, container } = request
  const fill = (put: Put) => putPictures(sampler, origin, request, watch, put)
  if (container === 'folder') {
    const write = (partial: string) =>
      fill((name, bytes) => writeFile(join(partial, checkedName(name)), bytes))
    await writeWholeFolder(file, write, watch.signal)
    return
  }
  await writeWhole(file, (partial) => writeZip(partial, fill), watch.signal)
}

async function putPictures(
  sampler: CheckpointSampler,
  origin: Origin,
  request: Request,
  { onProgress, signal }: ExportWatch,
  put: Put,
): Promise<void> {
  const samples = samplesOf(request.samples)
  const { classes, channels } = sampler.config
  const { resolution } = sampler.position
  const pictures = []
  for (let from = 0; from < samples.length; from += DRAWN_AT_ONCE) {
    const part = samples.slice(from, from + DRAWN_AT_ONCE)
    const bytes = await sampler.draw(pointsOf(part), request.truncation, {
      ...(signal && { signal }),
    })
    const size = bytes.length / part.length
    for (const [i, sample] of part.entries()) {
      signal?.throwIfAborted()
      const pixels = bytes.subarray(i * size, (i + 1) * size)
      const trace = traceOfSample(origin, classes, sample)
      const name = `${fileNameOf(sample, classOf(classes, sample))}.png`
      const picture = { pixels, width: resolution, height: resolution, channels }
      await put(name, await encodeTracedPng(picture, trace))
      pictures.push({ file: name, seed: trace.seed, className: trace.className })
      onProgress?.(name, from + i + 1, samples.length)
    }
  }
  const about = { ...origin, channels, classes, pictures }
  await put('samples.json', Buffer.from(`${JSON.stringify(about, null, 2)}\n`))
}

/** PNG files are packed already, so they are stored as they are. */
async function writeZip(file: string, fill: (put: Put) => Promise<void>): Promise<void> {
  const zip = new ZipFile()
  const written = pipeline(zip.outputStream, createWriteStream(file))
  // Heard of below as well; a disk that is full must not go unheard while pictures are drawn.
  written.catch(() => {})
  try {
    await fill(async (name, bytes) => {
      zip.addBuffer(Buffer.from(bytes), checkedName(name), { compress: !name.endsWith('.png') })
    })
    zip.end()
  } catch (error) {
    ;(zip.outputStream as unknown as { destroy(): void }).destroy()
    await written.catch(() => {})
    throw error
  }
  await written
}

/** A name becomes part of a path when it is unpacked, so one that could lead elsewhere is refused. */
function checkedName(name: string): string {
  if (!/^[\w-][\w.-]*$/.test(name)) throw new Error(`"${name}" cannot be a file's name here.`)
  return name
}
