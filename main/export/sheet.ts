import sharp from 'sharp'
import type { ExportRequest } from '../../shared/domain/exportRequest'
import type { Sample } from '../../shared/domain/sample'
import { tileSheet, type Pixels } from '../pictures/encode'
import type { CheckpointSampler } from './checkpointSampler'
import { classOf } from './latents'
import { escapeXml } from './markup'
import { pointsOf, samplesOf } from './samples'
import { encodeTracedPng, traceOfSample, type Origin } from './traceNote'
import { writeWholeBytes, type ExportWatch } from './wholeFile'

/** Least side of a picture that has a label. */
const LABELLED_SIDE = 64
const GAP = 8
const LABEL_HEIGHT = 18
const LABEL_FONT = 11

/**
 * Draws samples side by side into one PNG, about square unless `columns` says otherwise; with labels, each picture
 * stands over its seed and class. Leaves no file when it throws or is cancelled.
 */
export async function exportSheet(
  sampler: CheckpointSampler,
  origin: Origin,
  request: Extract<ExportRequest, { kind: 'sheet' }>,
  { onProgress, signal }: ExportWatch = {},
): Promise<void> {
  const samples = samplesOf(request.samples)
  const { classes, channels } = sampler.config
  const images = await sampler.drawFloats(pointsOf(samples), request.truncation, {
    onProgress: (drawn) => onProgress?.(request.file, drawn, samples.length),
    ...(signal && { signal }),
  })
  const columns = request.columns ?? Math.ceil(Math.sqrt(samples.length))
  const { resolution } = sampler.position
  const plain = tileSheet(images, { resolution, channels, columns })
  const sheet = request.labels
    ? await labelled(plain, resolution, (i) => labelOf(classes, samples[i]), samples.length)
    : plain
  const trace = {
    ...traceOfSample(origin, classes, samples[0]!),
    count: samples.length,
    ...(samples.length > 1 && { className: commonClass(request) }),
  }
  await writeWholeBytes(request.file, await encodeTracedPng(sheet, trace), signal)
}

function commonClass({ samples }: Extract<ExportRequest, { kind: 'sheet' }>): string | null {
  return samples.which === 'seeds' ? samples.className : null
}

function labelOf(classes: readonly string[] | null, sample: Sample | undefined): string {
  if (sample === undefined) return ''
  const label = classOf(classes, sample)
  return label === null ? `${sample.seed}` : `${sample.seed} ${classes![label]}`
}

/** The sheet with room around each picture and a line of text below it. */
async function labelled(
  sheet: Pixels,
  resolution: number,
  textOf: (i: number) => string,
  count: number,
): Promise<Pixels> {
  const scale = Math.max(1, Math.ceil(LABELLED_SIDE / resolution))
  const side = resolution * scale
  const columns = sheet.width / resolution
  const rows = sheet.height / resolution
  const [stepX, stepY] = [side + GAP, side + LABEL_HEIGHT + GAP]
  const width = columns * stepX + GAP
  const height = rows * stepY + GAP
  const pixels = new Uint8Array(width * height * 4).fill(255)
  for (let i = 0; i < count; i++) {
    const [column, row] = [i % columns, Math.floor(i / columns)]
    const from = { x: column * resolution, y: row * resolution }
    copyEnlarged(
      sheet,
      from,
      resolution,
      scale,
      { pixels, width },
      GAP + column * stepX,
      GAP + row * stepY,
    )
  }
  const texts = Array.from({ length: count }, (_, i) => {
    const x = GAP + (i % columns) * stepX + side / 2
    const y = GAP + Math.floor(i / columns) * stepY + side + LABEL_FONT + 3
    return `<text x="${x}" y="${y}">${escapeXml(shortened(textOf(i), side))}</text>`
  })
  const style = `font-family="sans-serif" font-size="${LABEL_FONT}" fill="#333" text-anchor="middle"`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ${style}>${texts.join('')}</svg>`
  const data = await sharp(pixels, { raw: { width, height, channels: 4 } })
    .composite([{ input: Buffer.from(svg) }])
    .removeAlpha()
    .raw()
    .toBuffer()
  return { pixels: Uint8Array.from(data), width, height, channels: 3 }
}

/** Copies one picture with each pixel as a square of `scale` pixels, blended onto white where it is transparent. */
function copyEnlarged(
  source: Pixels,
  from: { x: number; y: number },
  resolution: number,
  scale: number,
  target: { pixels: Uint8Array; width: number },
  left: number,
  top: number,
): void {
  const { channels } = source
  for (let y = 0; y < resolution * scale; y++) {
    for (let x = 0; x < resolution * scale; x++) {
      const [sx, sy] = [from.x + Math.floor(x / scale), from.y + Math.floor(y / scale)]
      const at = (sy * source.width + sx) * channels
      const alpha = channels === 4 ? source.pixels[at + 3]! / 255 : 1
      const to = ((top + y) * target.width + left + x) * 4
      for (let c = 0; c < 3; c++) {
        const value = source.pixels[at + (channels === 1 ? 0 : c)]!
        target.pixels[to + c] = Math.round(255 + alpha * (value - 255))
      }
    }
  }
}

/** As much of a text as about fits `width` pixels. */
function shortened(text: string, width: number): string {
  const most = Math.max(4, Math.floor(width / (LABEL_FONT * 0.6)))
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`
}
