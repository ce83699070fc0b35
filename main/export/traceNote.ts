import * as v from 'valibot'
import type { Sample } from '../../shared/domain/sample'
import { TraceSchema, type Trace } from '../../shared/domain/trace'
import { version } from '../../package.json'
import { encodePng, type Pixels } from '../pictures/encode'
import { addPngText, readPngText } from '../pictures/pngText'
import type { CheckpointSampler } from './checkpointSampler'
import { classOf } from './latents'

/** Keyword of the text chunk that holds a {@link Trace} as JSON. */
const KEYWORD = 'Sprout'

/** What is the same for all pictures of one export. */
export type Origin = Omit<Trace, 'seed' | 'count' | 'className'>

/** The origin of what a sampler draws for a run. */
export function originOf(
  run: { id: string; name: string },
  { info, position }: Pick<CheckpointSampler, 'info' | 'position'>,
  truncation: number,
): Origin {
  return {
    version: 1,
    app: version,
    runId: run.id,
    runName: run.name,
    imagesSeen: info.imagesSeen,
    resolution: position.resolution,
    truncation,
  }
}

/** The note of one sample. */
export function traceOfSample(
  origin: Origin,
  classes: readonly string[] | null,
  sample: Sample,
): Trace {
  const label = classOf(classes, sample)
  const className = label === null ? null : classes![label]!
  return { ...origin, seed: sample.seed, count: 1, className }
}

/** A PNG file that tells where it comes from. */
export async function encodeTracedPng(
  { pixels, width, height, channels }: Pixels,
  trace: Trace,
): Promise<Uint8Array<ArrayBuffer>> {
  const png = await encodePng(pixels, width, height, channels)
  return addPngText(png, { Software: `Sprout ${trace.app}`, [KEYWORD]: JSON.stringify(trace) })
}

/** What a PNG file says of its origin; null when it says nothing that can be read. */
export function readTrace(png: Uint8Array): Trace | null {
  const text = readPngText(png)[KEYWORD]
  if (text === undefined) return null
  try {
    const parsed = v.safeParse(TraceSchema, JSON.parse(text))
    return parsed.success ? parsed.output : null
  } catch {
    return null
  }
}
